import { expect } from 'chai';
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  registerWebhook,
  send,
  startForSenders,
} from '../support/sending-webhook.ts';
import type { Data } from '../support/wire.ts';

type Twilio = {
  readonly getExpectedTwilioSignature: (token: string, url: string, params: object) => string;
};
// Its main file loads every product of Twilio, which takes seconds.
const twilio = createRequire(import.meta.url)('twilio/lib/webhooks/webhooks.js') as Twilio;

type Moved = { readonly webhook_url: string; readonly webhook_token: string };

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = { 'content-type': 'application/json' };

describe('Signed deliveries', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  it('of Twilio are accepted as its package signs them, over the public URL, and answered with nothing or with the configured text', async () => {
    const url = 'https://hooks.example.com/in?site=a&x=1';
    const hook = await registerWebhook(gateway, 'twilio', { secret_key: SECRET, public_url: url });
    const params = {
      To: '+1800',
      Body: 'Ünï & = 🚀 + %',
      Empty: '',
      MessageSid: 'SM1',
      MessageStatus: 'sent',
    };
    const body = new URLSearchParams(params).toString();
    const signature = (of: object, at = url, token = SECRET) =>
      twilio.getExpectedTwilioSignature(token, at, of);
    const good = signature(params);
    const by = (value: string | readonly string[] | undefined, text = body, type = FORM) => ({
      body: text,
      headers: { 'content-type': type, 'x-twilio-signature': value },
    });
    const json = '{"n":1.0}';
    const hash = createHash('sha256').update(json).digest('hex');
    const hashed = signature({}, `${url}&bodySHA256=${hash}`);
    await expectAccepted(hook, [
      ['a form', by(good)],
      ['nothing but a URL', by(signature({}), '')],
      ['JSON', { ...by(hashed, json, 'application/json'), query: `bodySHA256=${hash}` }],
    ]);
    const answer = await send(hook.url, by(good));
    expect([answer.status, answer.text]).to.deep.equal([200, '']);
    const response = { content_type: 'text/xml', body: '<Response/>' };
    const answering = await registerWebhook(gateway, 'twilio', {
      secret_key: SECRET,
      public_url: url,
      response,
    });
    const answered = await send(answering.url, by(good));
    expect([answered.status, answered.header('content-type'), answered.text]).to.deep.equal([
      200,
      'text/xml',
      '<Response/>',
    ]);
    expect((await keptOf(hook)).at(-1)).to.deep.include({ event_type: 'message', external_id: 'SM1' });
    await expectRefusals(hook, [
      ['none', 'header-missing', by(undefined)],
      ['twice', 'header-repeated', by([good, good])],
      ['another token', 'signature-mismatch', by(signature(params, url, 'another token of theirs'))],
      ['the URL that was called', 'signature-mismatch', by(signature(params, hook.url))],
      ['a field more', 'signature-mismatch', by(good, `${body}&a=b`)],
      ['a field less', 'signature-mismatch', by(good, body.replace('To=%2B1800&', ''))],
      ['one letter changed', 'signature-mismatch', by(good, body.replace('1800', '1801'))],
      ['hex', 'malformed-signature', by(Buffer.from(good, 'base64').toString('hex'))],
      ['SHA-256', 'malformed-signature', by(hmac(SECRET, url + body, 'base64'))],
      ['cut', 'malformed-signature', by(good.slice(0, -2))],
      ['JSON without its hash', 'body-not-signed', by(signature({}), json, 'application/json')],
      [
        'another JSON',
        'body-hash-mismatch',
        { ...by(hashed, `${json} `, 'application/json'), query: `bodySHA256=${hash}` },
      ],
      ['a form that does not decode', 'body-not-signed', by(good, 'a=%ff%')],
    ]);
  });

  it('of Twilio are accepted over the address itself, before and after it has changed', async () => {
    const fields = { secret_key: SECRET, public_url: 'https://hooks.example.com/webhooks/in/{token}' };
    const hook = await registerWebhook(gateway, 'twilio', fields);
    const moved = await hook.api.post<Data<Moved>>(`/webhooks/${hook.id}/token`, {});
    const { webhook_url, webhook_token } = moved.body.data;
    for (const [url, token] of [
      [hook.url, hook.webhook_token],
      [webhook_url, webhook_token],
    ] as const) {
      const by = (signed: string) => ({
        body: `To=${token.slice(-4)}`,
        headers: {
          'content-type': FORM,
          'x-twilio-signature': twilio.getExpectedTwilioSignature(
            SECRET,
            `https://hooks.example.com/webhooks/in/${signed}`,
            { To: token.slice(-4) },
          ),
        },
      });
      await expectAccepted({ ...hook, url }, [['its own address', by(token)]]);
      await expectRefusals({ ...hook, url }, [
        ['another address', 'signature-mismatch', by('whk_another')],
        ['the placeholder', 'signature-mismatch', by('{token}')],
      ]);
    }
  });

  for (const [source, header, prefix, encoding] of [
    ['shopify', 'x-shopify-hmac-sha256', '', 'base64'],
    ['bitbucket', 'x-hub-signature', 'sha256=', 'hex'],
  ] as const)
    it(`of ${source} are accepted in exactly one spelling`, async () => {
      const hook = await registerWebhook(gateway, source, { secret_key: SECRET });
      const body = '{"id":820982911946154508,"n":1.0}';
      const made = (text = body, secret = SECRET, algorithm = 'sha256') =>
        prefix + hmac(secret, text, encoding, algorithm);
      const by = (value: string | readonly string[] | undefined, text = body) => ({
        body: text,
        headers: { ...JSON_TYPE, [header]: value, 'x-request-uuid': randomUUID() },
      });
      const other = encoding === 'hex' ? 'base64' : 'hex';
      await expectAccepted(hook, [
        ['a body', by(made())],
        ['no body', by(made(''), '')],
      ]);
      await expectRefusals(hook, [
        ['another secret', 'signature-mismatch', by(made(body, 'another secret of theirs'))],
        ['another body', 'signature-mismatch', by(made(), body.replace('1.0', '1'))],
        ['SHA-1', 'malformed-signature', by(made(body, SECRET, 'sha1'))],
        ['the other encoding', 'malformed-signature', by(prefix + hmac(SECRET, body, other))],
        ['garbage', 'malformed-signature', by(`${made()}zz`)],
        ['cut', 'malformed-signature', by(made().slice(0, -1))],
        ['twice', 'header-repeated', by([made(), made()])],
        ['joined', 'malformed-signature', by(`${made()}, ${made()}`)],
        ['none', 'header-missing', by(undefined)],
        ['an empty one', 'header-missing', by('')],
      ]);
    });
});
