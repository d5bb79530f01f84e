import { expect } from 'chai';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  registerWebhook,
  startForSenders,
  type Registered,
  type SentHeaders,
} from '../support/sending-webhook.ts';

const BODY = '{"type":"invoice.paid","note":"Ünïcode 🚀","n":1.0}';
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const seconds = (shift = 0): number => Math.floor(Date.now() / 1000) + shift;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const rawKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);

let ids = 0;
const nextId = (): string => `msg_${(ids += 1)}`;

const text = (id: string, t: number | string, body: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${id}.${t}.`), Buffer.from(body)]);

type Parts = {
  readonly id?: string;
  readonly t?: number | string;
  readonly body?: string | Uint8Array;
  readonly prefix?: 'webhook' | 'svix';
};

const by = (
  signature: string | readonly string[] | undefined,
  { id = nextId(), t = seconds(), body = BODY, prefix = 'webhook' }: Parts,
  more: SentHeaders = {},
) => ({
  body,
  headers: {
    'content-type': 'application/json',
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(t),
    [`${prefix}-signature`]: signature,
    ...more,
  },
});
const v1 = (secret: string, { id = '', t = '', body = BODY }: Parts): string =>
  `v1,${hmac(Buffer.from(secret.slice(6), 'base64'), text(id, t, body), 'base64')}`;
const v1a = ({ id = '', t = '', body = BODY }: Parts): string =>
  `v1a,${sign(null, text(id, t, body), privateKey).toString('base64')}`;

describe('Standard webhooks', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  /** Signed by the package of the Standard Webhooks project. */
  const official = (hook: Registered, shift = 0) => {
    const [id, t] = [nextId(), seconds(shift)];
    return by(new StandardWebhook(hook.secret).sign(id, new Date(t * 1000), BODY), { id, t });
  };
  const svix = (hook: Registered, prefix: 'svix' | 'webhook') => {
    const [id, t] = [nextId(), seconds()];
    return by(new SvixWebhook(hook.secret).sign(id, new Date(t * 1000), BODY), { id, t, prefix });
  };

  it('are accepted when signed by the packages of the project and of Svix', async () => {
    const hook = await registerWebhook(gateway, 'standard_webhooks');
    const [id, t] = [nextId(), seconds()];
    const parts = { id, t };
    const odd = { id: nextId(), t };
    const empty = { id: nextId(), t, body: '' };
    const bytes = { id: nextId(), t, body: Buffer.from([0xff, 0xfe]) };
    await expectAccepted(hook, [
      ['now', official(hook)],
      ['295 s ago', official(hook, -295)],
      ['295 s ahead', official(hook, 295)],
      ['beside other signatures', by(`v1a,AAAA ${v1(OTHER, parts)} v2,x ${v1(hook.secret, parts)}`, parts)],
      ['behind an entry of no version', by(`x  ${v1(hook.secret, odd)}`, odd)],
      ['over no body', by(v1(hook.secret, empty), empty)],
      ['over bytes that are no text', by(v1(hook.secret, bytes), bytes)],
    ]);
    const kept = await keptOf(hook);
    expect(kept.at(-1)?.event_type).to.equal('invoice.paid');
    expect(kept.map(({ external_id }) => external_id)).to.include.members([id, empty.id, bytes.id]);
    const named = await registerWebhook(gateway, 'svix', { secret_key: OTHER });
    const bare = await registerWebhook(gateway, 'svix', { secret_key: OTHER.slice(6) });
    const gitlab = await registerWebhook(gateway, 'gitlab_signing', { secret_key: OTHER });
    await expectAccepted(named, [
      ['names of Svix', svix(named, 'svix')],
      ['names of the standard', svix(named, 'webhook')],
    ]);
    await expectAccepted(bare, [['a secret without whsec_', svix(named, 'svix')]]);
    await expectAccepted(gitlab, [['of GitLab', official(gitlab)]]);
  });

  it('are accepted with v1a by a webhook that has a public key, and by no other', async () => {
    const [id, t] = [nextId(), seconds()];
    const parts = { id, t };
    const key = await registerWebhook(gateway, 'standard_webhooks', {
      public_key: `whpk_${rawKey.toString('base64')}`,
    });
    const shared = await registerWebhook(gateway, 'standard_webhooks');
    const withKey = `v1,${hmac(rawKey, text(id, t, BODY), 'base64')}`;
    await expectAccepted(key, [['v1a', by(`${withKey} ${v1a(parts)}`, parts)]]);
    await expectRefusals(key, [
      ['v1 with the public key as secret', 'no-supported-signature', by(withKey, parts)],
      ['another body', 'signature-mismatch', by(v1a(parts), { ...parts, body: `${BODY} ` })],
      ['v1a called v1', 'malformed-signature', by(v1a(parts).replace('v1a', 'v1'), parts)],
      ['cut', 'malformed-signature', by(v1a(parts).slice(0, -4), parts)],
      ['old', 'timestamp-too-old', by(v1a({ id, t: t - 301 }), { id, t: t - 301 })],
      ['zeros', 'signature-mismatch', by(`v1a,${Buffer.alloc(64).toString('base64')}`, parts)],
    ]);
    await expectRefusals(shared, [['v1a', 'no-supported-signature', by(v1a(parts), parts)]]);
  });

  it('are refused when any part of their proof is not as the standard says', async () => {
    const hook = await registerWebhook(gateway, 'standard_webhooks');
    const parts = { id: nextId(), t: seconds() };
    const { id, t } = parts;
    const good = v1(hook.secret, parts);
    const base64 = good.slice(3);
    const latin = Buffer.from('{"a":"\xff"}', 'latin1');
    const moved = { id: `${id}.${t}`, t };
    const at = (time: number | string) => by(v1(hook.secret, { id, t: time }), { id, t: time });
    await expectRefusals(hook, [
      ['301 s ago', 'timestamp-too-old', official(hook, -301)],
      ['310 s ahead', 'timestamp-in-future', official(hook, 310)],
      ['another secret', 'signature-mismatch', by(v1(OTHER, parts), parts)],
      [
        'the secret as text',
        'signature-mismatch',
        by(`v1,${hmac(hook.secret, text(id, t, BODY), 'base64')}`, parts),
      ],
      ['another id', 'signature-mismatch', by(good, { ...parts, id: 'msg_other' })],
      ['another time', 'signature-mismatch', by(good, { ...parts, t: t - 1 })],
      ['another body', 'signature-mismatch', by(good, { ...parts, body: BODY.replace('1.0', '1') })],
      [
        'bytes signed as their text',
        'signature-mismatch',
        by(v1(hook.secret, { id, t, body: latin.toString() }), { id, t, body: latin }),
      ],
      ['another digest', 'signature-mismatch', by(`v1,${randomBytes(32).toString('base64')}`, parts)],
      ['cut', 'malformed-signature', by(good.slice(0, -5), parts)],
      ['without padding', 'malformed-signature', by(good.slice(0, -1), parts)],
      ['base64url', 'malformed-signature', by(`v1,${'-_'.repeat(21)}A=`, parts)],
      ['hex', 'malformed-signature', by(`v1,${Buffer.from(base64, 'base64').toString('hex')}`, parts)],
      ['garbage behind it', 'malformed-signature', by(`${good}zz`, parts)],
      ['v0', 'no-supported-signature', by(`v0,${base64}`, parts)],
      ['V1', 'no-supported-signature', by(`V1,${base64}`, parts)],
      ['no version', 'malformed-signature', by(base64, parts)],
      ['an equals sign for the comma', 'malformed-signature', by(`v1=${base64}`, parts)],
      ['joined by a comma', 'malformed-signature', by(`${good}, ${good}`, parts)],
      ['the header twice', 'header-repeated', by([good, good], parts)],
      ['no signature', 'header-missing', by(undefined, parts)],
      ['an empty signature', 'header-missing', by('', parts)],
      ['no id', 'header-missing', by(good, parts, { 'webhook-id': undefined })],
      ['an empty id', 'header-missing', by(good, parts, { 'webhook-id': '' })],
      ['two ids', 'header-repeated', by(good, parts, { 'webhook-id': [id, id] })],
      ['no time', 'timestamp-missing', by(good, parts, { 'webhook-timestamp': undefined })],
      ['two times', 'header-repeated', by(good, parts, { 'webhook-timestamp': [String(t), String(t)] })],
      ['letters behind the time', 'timestamp-malformed', at(`${t}abc`)],
      ...[`+${t}`, `-${t}`, `0${t}`, `${t}.0`, `${t}e0`, '0x6b', 'NaN'].map(
        (odd) => [`the time ${odd}`, 'timestamp-malformed', at(odd)] as const,
      ),
      ['no time in its header', 'timestamp-missing', by(v1(hook.secret, { id, t: '' }), { id, t: '' })],
      ['a wrong one before the right one', 'header-repeated', by([`v1,${'A'.repeat(43)}=`, good], parts)],
      ['an empty entry', 'malformed-signature', by('v1,', parts)],
      ['a blank behind it', 'signature-mismatch', by(good, { ...parts, body: `${BODY} ` })],
      ['a time in milliseconds', 'timestamp-malformed', at(t * 1_000)],
      ['a time as date', 'timestamp-malformed', at(new Date(t * 1_000).toISOString())],
      ['an id that takes in the time', 'malformed-id', by(v1(hook.secret, moved), moved)],
      ['names of Svix', 'header-missing', by(good, { ...parts, prefix: 'svix' })],
    ]);
    const svixHook = await registerWebhook(gateway, 'svix', { secret_key: OTHER });
    await expectRefusals(svixHook, [
      ['a mixture of names', 'timestamp-missing', by(v1(OTHER, parts), parts, { 'svix-id': id })],
    ]);
  });
});
