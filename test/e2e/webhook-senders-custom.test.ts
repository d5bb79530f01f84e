import { expect } from 'chai';
import { generateKeyPairSync, sign } from 'node:crypto';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  registerWebhook,
  send,
  startForSenders,
  type SentHeaders,
} from '../support/sending-webhook.ts';

const BODY = '{"kind":"paid","ref":{"no":"A-1"},"note":"Ünï 🚀"}';
const KEY = Buffer.alloc(32, 5);

type Signing = {
  readonly scheme: object;
  readonly signature: (secret: string, body: string) => string;
  readonly headers?: SentHeaders;
  readonly fields?: object;
};
const seconds = (): number => Math.floor(Date.now() / 1000);
const isoOf = (t: number): string => new Date(t * 1000).toISOString();
const timed = (unit: string) => ({ header: 'X-Time', unit, tolerance_seconds: 120 });

/** Different ways of signing, as used by senders without a preset, at a time in seconds. */
const signingsAt = (t: number): { readonly [name: string]: Signing } => ({
  'sha256 in hex': { scheme: {}, signature: (secret, body) => hmac(secret, body) },
  'sha512 in base64 after a prefix': {
    scheme: { algorithm: 'sha512', encoding: 'base64', prefix: 'hmac ' },
    signature: (secret, body) => `hmac ${hmac(secret, body, 'base64', 'sha512')}`,
  },
  'sha1 by choice': {
    scheme: { algorithm: 'sha1' },
    signature: (secret, body) => hmac(secret, body, 'hex', 'sha1'),
  },
  base64url: {
    scheme: { encoding: 'base64url' },
    signature: (secret, body) => hmac(secret, body, 'base64url'),
  },
  'upper-case hex by choice': {
    scheme: { hex_case: 'any' },
    signature: (secret, body) => hmac(secret, body).toUpperCase(),
  },
  'one of a list': {
    scheme: { prefix: 's1=', list_separator: ';' },
    signature: (secret, body) => `s0=xx;s1=${hmac('an older secret', body)};s1=${hmac(secret, body)}`,
  },
  'time and body': {
    scheme: { template: '{timestamp}.{body}', timestamp: timed('s') },
    headers: { 'x-time': String(t) },
    signature: (secret, body) => hmac(secret, `${t}.${body}`),
  },
  'time in milliseconds': {
    scheme: { template: 'v1:{timestamp}:{body}', timestamp: timed('ms') },
    headers: { 'x-time': String(t * 1000) },
    signature: (secret, body) => hmac(secret, `v1:${t * 1000}:${body}`),
  },
  'time as a date': {
    scheme: { template: '{timestamp}\n{body}', timestamp: timed('iso') },
    headers: { 'x-time': isoOf(t) },
    signature: (secret, body) => hmac(secret, `${isoOf(t)}\n${body}`),
  },
  'time as a date and body with nothing between': {
    scheme: { encoding: 'base64', template: '{timestamp}{body}', timestamp: timed('iso') },
    headers: { 'x-time': isoOf(t) },
    signature: (secret, body) => hmac(secret, `${isoOf(t)}${body}`, 'base64'),
  },
  'URL, body and time in milliseconds with nothing between': {
    scheme: { encoding: 'base64', template: 'POST{url}{body}{timestamp}', timestamp: timed('ms') },
    headers: { 'x-time': String(t * 1000) },
    fields: { public_url: 'https://hooks.example.com/x?a=1' },
    signature: (secret, body) =>
      hmac(secret, `POSThttps://hooks.example.com/x?a=1${body}${t * 1000}`, 'base64'),
  },
  'id, method and URL': {
    scheme: { template: '{method} {url} {id} {body}', id_header: 'X-Id' },
    headers: { 'x-id': 'e-1' },
    fields: { public_url: 'https://hooks.example.com/x?a=1' },
    signature: (secret, body) => hmac(secret, `POST https://hooks.example.com/x?a=1 e-1 ${body}`),
  },
  'URL and body with nothing between': {
    scheme: { encoding: 'base64', template: '{url}{body}' },
    fields: { public_url: 'https://hooks.example.com/x?a=1' },
    signature: (secret, body) => hmac(secret, `https://hooks.example.com/x?a=1${body}`, 'base64'),
  },
  'a secret in hex': {
    scheme: { secret_encoding: 'hex' },
    fields: { secret_key: KEY.toString('hex') },
    signature: (_, body) => hmac(KEY, body),
  },
  'a secret in base64 after a prefix': {
    scheme: { secret_encoding: 'base64', secret_prefix: 'key_' },
    fields: { secret_key: `key_${KEY.toString('base64')}` },
    signature: (_, body) => hmac(KEY, body),
  },
});

describe('Deliveries of custom senders', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());
  const custom = (scheme: object, fields: object = {}) =>
    registerWebhook(gateway, 'custom', { scheme: { signature_header: 'X-Sig', ...scheme }, ...fields });

  for (const name of Object.keys(signingsAt(0)))
    it(`are accepted according to their scheme: ${name}`, async () => {
      const { scheme, signature, headers = {}, fields = {} } = signingsAt(seconds())[name] as Signing;
      const hook = await custom({ kind: 'hmac', ...scheme }, fields);
      const by = (value: string | readonly string[], body = BODY, more: SentHeaders = {}) => ({
        body,
        headers: { 'content-type': 'application/json', ...headers, 'x-sig': value, ...more },
      });
      const good = signature(hook.secret, BODY);
      await expectAccepted(hook, [['as it says', by(good)]]);
      const isTimed = 'x-time' in headers;
      await expectRefusals(hook, [
        ['another body', 'signature-mismatch', by(good, `${BODY} `)],
        ['twice', 'header-repeated', by([good, good])],
        ...(isTimed
          ? ([
              ['without its time', 'timestamp-missing', by(good, BODY, { 'x-time': undefined })],
              ['at another time', 'signature-mismatch', by(good, BODY, { 'x-time': otherTime(headers) })],
            ] as const)
          : []),
      ]);
    });

  it('are accepted with Ed25519, the key in hex or base64', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const t = seconds();
    const made = sign(null, Buffer.from(`${t}.${BODY}`), privateKey);
    const scheme = {
      kind: 'ed25519',
      template: '{timestamp}.{body}',
      timestamp: timed('s'),
      encoding: 'base64',
    };
    const by = (value: string, body = BODY) => ({ body, headers: { 'x-time': String(t), 'x-sig': value } });
    for (const public_key of [
      raw.toString('hex'),
      raw.toString('base64'),
      `whpk_${raw.toString('base64')}`,
    ]) {
      const hook = await custom(scheme, { public_key });
      await expectAccepted(hook, [[public_key, by(made.toString('base64'))]]);
      await expectRefusals(hook, [
        ['another body', 'signature-mismatch', by(made.toString('base64'), `${BODY} `)],
        ['hex', 'malformed-signature', by(made.toString('hex'))],
      ]);
    }
  });

  it('must meet the time window and the format of their own scheme', async () => {
    const hook = await custom({
      kind: 'hmac',
      template: '{timestamp}.{body}',
      timestamp: timed('s'),
      reject_empty_body: true,
    });
    const at = (time: number | string, body = BODY) => ({
      body,
      headers: { 'x-time': String(time), 'x-sig': hmac(hook.secret, `${time}.${body}`) },
    });
    const now = Math.floor(Date.now() / 1000);
    await expectAccepted(hook, [['within', at(now - 110)]]);
    const good = at(now);
    const signed = String(good.headers['x-sig']);
    const as = (value: string) => ({ ...good, headers: { ...good.headers, 'x-sig': value } });
    await expectRefusals(hook, [
      ['too old', 'timestamp-too-old', at(now - 130)],
      ['too new', 'timestamp-in-future', at(now + 130)],
      ['a date', 'timestamp-malformed', at(isoOf(now))],
      ['no body', 'empty-body', at(now, '')],
      ['upper case', 'malformed-signature', as(signed.toUpperCase())],
      ['base64', 'malformed-signature', as(Buffer.from(signed, 'hex').toString('base64'))],
      ['another algorithm', 'malformed-signature', as(hmac(hook.secret, `${now}.${BODY}`, 'hex', 'sha512'))],
      ['a list', 'malformed-signature', as(`${signed},${signed}`)],
      ['a name before it', 'malformed-signature', as(`sha256=${signed}`)],
    ]);
  });

  it('are identified by their headers in any language', async () => {
    const scheme = { kind: 'hmac', id_header: 'X-Id', event_type_header: 'X-Type' };
    const hook = await custom(scheme, { event_types: ['оплата.принята'] });
    for (const [id, type] of [
      ['счёт-1', 'оплата.принята'],
      ['счёт-2', 'оплата.отклонена'],
    ] as const) {
      // Node would encode a header in UTF-8 by itself if the body were a string.
      const [body, asBytes] = [Buffer.from(BODY), (text: string) => Buffer.from(text).toString('latin1')];
      const headers = { 'x-id': asBytes(id), 'x-type': asBytes(type), 'x-sig': hmac(hook.secret, body) };
      expect((await send(hook.url, { body, headers })).status).to.equal(200);
    }
    expect(
      (await keptOf(hook)).map(({ state, event_type, external_id }) => [state, event_type, external_id]),
    ).to.deep.equal([
      ['filtered', 'оплата.отклонена', 'счёт-2'],
      ['accepted', 'оплата.принята', 'счёт-1'],
    ]);
  });

  it('are identified, challenged and answered according to their scheme', async () => {
    const hook = await custom({
      kind: 'hmac',
      id_path: 'ref.no',
      event_type_path: '/kind',
      handshake: { match_path: 'kind', match_value: 'verify', respond_path: 'ref.no' },
      response: { status: 202, content_type: 'text/plain', body: 'queued' },
    });
    const by = (body: string) => ({ body, headers: { 'x-sig': hmac(hook.secret, body) } });
    const answers = [];
    for (const body of [BODY, BODY, '{"kind":"verify","ref":{"no":"echo me"}}', '{"kind":"verify"}']) {
      const { status, text, header } = await send(hook.url, by(body));
      answers.push([status, text, header('content-type')]);
    }
    expect(answers).to.deep.equal([
      [202, 'queued', 'text/plain'],
      [202, 'queued', 'text/plain'],
      [200, 'echo me', 'text/plain; charset=utf-8'],
      [202, 'queued', 'text/plain'],
    ]);
    const kept = (await keptOf(hook)).toReversed();
    expect(kept.map(({ state, event_type, external_id }) => [state, event_type, external_id])).to.deep.equal([
      ['accepted', 'paid', 'A-1'],
      ['handshake', 'verify', 'echo me'],
      ['accepted', 'verify', null],
    ]);
  });
});

const otherTime = (headers: SentHeaders): string => {
  const sent = String(headers['x-time']);
  return sent.includes('T') ? new Date(Date.parse(sent) + 1).toISOString() : String(Number(sent) + 1);
};
