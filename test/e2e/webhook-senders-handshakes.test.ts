import { verifyKey } from 'discord-interactions';
import { expect } from 'chai';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  otherwise,
  registerWebhook,
  send,
  startForSenders,
} from '../support/sending-webhook.ts';

type Bolt = { readonly verifySlackRequest: (options: object) => void };
// The package does not export this function, and its main file starts a server framework.
const bolt = createRequire(import.meta.url)('@slack/bolt/dist/receivers/verify-request.js') as Bolt;

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = { 'content-type': 'application/json' };
const seconds = (shift = 0): number => Math.floor(Date.now() / 1000) + shift;

const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const twoTimes = (signature: string, t: number) => ({
  'x-slack-signature': signature,
  'x-slack-request-timestamp': [String(t), String(t)],
});

/**
 * The order of the Ed25519 group: RFC 8032 refuses scalars from this value on, which would make a second signature
 * valid.
 */
const ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const beyondOrder = (signature: string): string => {
  const bytes = Buffer.from(signature, 'hex');
  const scalar = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString('hex')}`) + ORDER;
  const moved = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').toReversed();
  return Buffer.concat([bytes.subarray(0, 32), moved]).toString('hex');
};

describe('Deliveries of Slack and Discord', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  it('of Slack are accepted as its framework accepts them, and their challenge is answered', async () => {
    const hook = await registerWebhook(gateway, 'slack', { secret_key: SECRET });
    const v0 = (t: number | string, body: string | Uint8Array, secret = SECRET) =>
      `v0=${hmac(secret, Buffer.concat([Buffer.from(`v0:${t}:`), Buffer.from(body)]))}`;
    const by = (
      signature: string | readonly string[] | undefined,
      t: number | string | undefined = seconds(),
      body: string | Uint8Array = '{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}',
      type = 'application/json',
    ) => ({
      body,
      headers: {
        'content-type': type,
        'x-slack-request-timestamp': String(t),
        'x-slack-signature': signature,
      },
    });
    const made = (body: string, type?: string, t = seconds()) => {
      const delivery = by(v0(t, body), t, body, type);
      bolt.verifySlackRequest({ signingSecret: SECRET, body, headers: delivery.headers });
      return delivery;
    };
    const challenge = await send(hook.url, made('{"type":"url_verification","challenge":"3eZ/brw1a"}'));
    expect([challenge.status, challenge.text, challenge.header('content-type')]).to.deep.equal([
      200,
      '3eZ/brw1a',
      'text/plain; charset=utf-8',
    ]);
    const callback = '{"type":"event_callback","event_id":"Ev1","event":{"type":"message","subtype":"x"}}';
    const action = `payload=${encodeURIComponent('{"type":"block_actions","n":1.0}')}`;
    await expectAccepted(hook, [
      ['an event', made(callback)],
      ['the event again', made(callback)],
      ['an interaction', made(action, FORM)],
      ['a command', made('token=x&command=%2Fweather&text=94070', FORM)],
      ['295 s ago', made('{"type":"app_rate_limited"}', undefined, seconds(-295))],
    ]);
    expect(
      (await keptOf(hook)).map(({ state, event_type }) => [state, event_type]).toReversed(),
    ).to.deep.equal([
      ['handshake', 'url_verification'],
      ['accepted', 'message'],
      ['accepted', 'block_actions'],
      ['accepted', 'slash_command'],
      ['accepted', 'app_rate_limited'],
    ]);
    const t = seconds();
    const good = v0(t, callback);
    await expectRefusals(hook, [
      ['301 s ago', 'timestamp-too-old', by(v0(t - 301, callback), t - 301, callback)],
      ['310 s ahead', 'timestamp-in-future', by(v0(t + 310, callback), t + 310, callback)],
      ['a year ahead', 'timestamp-in-future', by(v0(t + 31_536_000, callback), t + 31_536_000, callback)],
      ['another time', 'signature-mismatch', by(good, t - 1, callback)],
      ['another body', 'signature-mismatch', by(good, t, `${callback} `)],
      ['another secret', 'signature-mismatch', by(v0(t, callback, 'another secret'), t, callback)],
      ['v1', 'no-supported-signature', by(good.replace('v0', 'v1'), t, callback)],
      ['no version', 'no-supported-signature', by(good.slice(3), t, callback)],
      ['upper case', 'malformed-signature', by(`v0=${good.slice(3).toUpperCase()}`, t, callback)],
      ['cut', 'malformed-signature', by(good.slice(0, -2), t, callback)],
      ['garbage', 'malformed-signature', by(`${good}zz`, t, callback)],
      ['twice', 'header-repeated', by([good, good], t, callback)],
      ['none', 'header-missing', by(undefined, t, callback)],
      ['an empty time', 'timestamp-missing', by(v0('', callback), '', callback)],
      ...([`${t}abc`, `${t}.0`, `+${t}`, `-${t}`, `0${t}`, `${t}000`, `${t}e0`, '0x6b'] as const).map(
        (odd) => [`the time ${odd}`, 'timestamp-malformed', by(v0(odd, callback), odd, callback)] as const,
      ),
      ['two times', 'header-repeated', { ...by(good, t, callback), headers: twoTimes(good, t) }],
      ['two signatures in one', 'malformed-signature', by(`${good},${good}`, t, callback)],
      ['in base64', 'malformed-signature', by(`v0=${base64Of(good.slice(3))}`, t, callback)],
      ['SHA-512', 'malformed-signature', by(`v0=${hmac(SECRET, callback, 'hex', 'sha512')}`, t, callback)],
      ['an empty signature', 'header-missing', by('', t, callback)],
      ['the version alone', 'malformed-signature', by('v0=', t, callback)],
      [
        'a challenge unsigned',
        'signature-mismatch',
        by(good, t, '{"type":"url_verification","challenge":"x"}'),
      ],
    ]);
    const refused = await send(hook.url, by(good, t, 'x'));
    expect(refused.header('x-slack-no-retry')).to.equal('1');
  });

  it('of Discord are accepted as its package verifies them, and its ping is answered', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    const hook = await registerWebhook(gateway, 'discord', { public_key: key });
    const made = (body: string, t: number | string = seconds()) =>
      sign(null, Buffer.from(`${t}${body}`), privateKey).toString('hex');
    const by = (
      signature: string | readonly string[] | undefined,
      body: string,
      t: number | string = seconds(),
    ) => ({
      body,
      headers: { ...JSON_TYPE, 'x-signature-ed25519': signature, 'x-signature-timestamp': String(t) },
    });
    const t = seconds();
    const ping = '{"id":"1","type":1}';
    expect(await verifyKey(ping, made(ping, t), String(t), key)).to.equal(true);
    const pong = await send(hook.url, by(made(ping, t), ping, t));
    expect([pong.status, pong.text, pong.header('content-type')]).to.deep.equal([
      200,
      '{"type":1}',
      'application/json',
    ]);
    const event = '{"version":1,"application_id":"2","type":0}';
    expect((await send(hook.url, by(made(event, t), event, t))).status).to.equal(204);
    const command = '{"id":"9","type":2,"data":{"name":"Ünï"}}';
    const good = made(command, t);
    await expectAccepted(hook, [['a command', by(good, command, t)]]);
    expect((await keptOf(hook)).map(({ state, external_id }) => `${state} ${external_id}`)).to.deep.equal([
      'accepted 9',
      'handshake null',
      'handshake 1',
    ]);
    await expectRefusals(hook, [
      ['a ping with zeros', 'signature-mismatch', by('0'.repeat(128), ping, t)],
      ['another body', 'signature-mismatch', by(good, `${command} `, t)],
      ['another time', 'signature-mismatch', by(good, command, t - 1)],
      [
        'digits moved into the time',
        'timestamp-in-future',
        by(sign(null, Buffer.from(`${t}12`), privateKey).toString('hex'), '2', `${t}1`),
      ],
      ['301 s ago', 'timestamp-too-old', by(made(command, t - 301), command, t - 301)],
      ['310 s ahead', 'timestamp-in-future', by(made(command, t + 310), command, t + 310)],
      ['one digit changed', 'signature-mismatch', by(otherwise(good), command, t)],
      ['another number for the same point', 'signature-mismatch', by(beyondOrder(good), command, t)],
      ['in base64', 'malformed-signature', by(Buffer.from(good, 'hex').toString('base64'), command, t)],
      ['a digit too few', 'malformed-signature', by(good.slice(1), command, t)],
      ['a digit too many', 'malformed-signature', by(`${good}0`, command, t)],
      ['upper case', 'malformed-signature', by(good.toUpperCase(), command, t)],
      ['none', 'header-missing', by(undefined, command, t)],
      ['an empty one', 'header-missing', by('', command, t)],
      ['twice', 'header-repeated', by([good, good], command, t)],
      ['a time that is no number', 'timestamp-malformed', by(made(command, 'now'), command, 'now')],
      ['no time', 'timestamp-missing', by(made(command, ''), command, '')],
      ['a time in milliseconds', 'timestamp-malformed', by(made(command, t * 1_000), command, t * 1_000)],
      ['a negative time', 'timestamp-malformed', by(made(command, -t), command, -t)],
      ['a time with a point', 'timestamp-malformed', by(made(command, `${t}.0`), command, `${t}.0`)],
      ['a time with a zero before it', 'timestamp-malformed', by(made(command, `0${t}`), command, `0${t}`)],
      ['a time with a sign', 'timestamp-malformed', by(made(command, `+${t}`), command, `+${t}`)],
    ]);
  });
});
