import * as octokit from '@octokit/webhooks-methods';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
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
  type Registered,
  type SentHeaders,
} from '../support/sending-webhook.ts';
import { TAP } from '../support/event-tap.ts';

type Examples = readonly { readonly name: string; readonly examples: readonly object[] }[];
// Its type declarations claim that it exports only the type.
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples;

const FORM = 'application/x-www-form-urlencoded';
const BODY = '{"action":"opened","note":"\\u00e9 \u00e9 🚀","id":9007199254740993,"ratio":1.0,"a":1,"a":2}';

describe('Deliveries of GitHub', () => {
  let gateway: Gateway;
  let hook: Registered;
  before(async () => {
    gateway = await startForSenders();
    await gateway.sql(TAP);
    hook = await registerWebhook(gateway, 'github', { max_body_bytes: 1_048_576 });
  });
  after(() => gateway.stop());

  const signed = async (body: string, more: SentHeaders = {}, secret = hook.secret) => ({
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': 'issues',
      'x-github-delivery': randomUUID(),
      'x-github-hook-id': '292430182',
      'x-hub-signature-256': await octokit.sign(secret, body),
      'x-hub-signature': `sha1=${hmac(secret, body, 'hex', 'sha1')}`,
      ...more,
    },
  });
  const published = async (payload: string): Promise<number> => {
    const [row] = await gateway.sql<{ n: number }>(
      'select count(*)::int as n from tapped_events where position($1 in messages) > 0',
      [`"payload":${payload}}}`],
    );
    return row?.n ?? 0;
  };

  it('are accepted with every payload of its examples and published as they were sent', async () => {
    const all = examples.flatMap(({ name, examples: bodies }) =>
      bodies.map((body, n) => ({ name, text: JSON.stringify(body, null, n % 2 ? 2 : 0) })),
    );
    expect(all.length).to.be.greaterThan(300);
    for (let at = 0; at < all.length; at += 20)
      await Promise.all(
        all.slice(at, at + 20).map(async ({ name, text }) => {
          const answer = await send(hook.url, await signed(text, { 'x-github-event': name }));
          expect([answer.status, answer.text], name).to.deep.equal([200, '{"ok":true}']);
        }),
      );
    const types = await gateway.sql<{ event_type: string; bodies: Buffer[] }>(
      `select event_type, array_agg(raw_body) as bodies from webhook_deliveries where webhook_id = $1 group by 1`,
      [hook.id],
    );
    expect(types.map(({ event_type }) => event_type)).to.have.members(examples.map(({ name }) => name));
    const stored = types.flatMap(({ bodies }) => bodies.map(String));
    expect(stored.toSorted()).to.deep.equal(all.map(({ text }) => text).toSorted());
    for (const { text, name } of all.filter((_, n) => n % 10 === 0))
      expect(await published(text), name).to.be.greaterThan(0);
  });

  it('are refused when any part of their proof is not as GitHub writes it', async () => {
    const good = await signed(BODY);
    const signature = String(good.headers['x-hub-signature-256']);
    const hex = signature.slice('sha256='.length);
    const by = (value: string | readonly string[] | undefined, body: string | Uint8Array = BODY) => ({
      body,
      headers: { ...good.headers, 'x-hub-signature-256': value },
    });
    const latin = Buffer.from(BODY, 'latin1');
    await expectRefusals(hook, [
      ['without the header', 'header-missing', by(undefined)],
      ['an empty header', 'header-missing', by('')],
      ['a blank header', 'header-missing', by('  ')],
      ['the header twice', 'header-repeated', by([signature, signature])],
      ['a wrong one before the right one', 'header-repeated', by([`sha256=${'0'.repeat(64)}`, signature])],
      ['two joined', 'malformed-signature', by(`${signature}, ${signature}`)],
      ['another secret', 'signature-mismatch', await signed(BODY, {}, 'another secret of theirs')],
      ['an empty secret', 'signature-mismatch', by(`sha256=${hmac('', BODY)}`)],
      ['a changed body', 'signature-mismatch', by(signature, BODY.replace('opened', 'closed'))],
      ['a cut body', 'signature-mismatch', by(signature, BODY.slice(0, -1))],
      ['a longer body', 'signature-mismatch', by(signature, `${BODY}\n`)],
      ['a byte order mark added', 'signature-mismatch', by(signature, `\ufeff${BODY}`)],
      [
        'written again by a JSON library',
        'signature-mismatch',
        by(signature, JSON.stringify(JSON.parse(BODY))),
      ],
      ['escapes undone', 'signature-mismatch', by(signature, BODY.replace('\\u00e9', 'é'))],
      ['in Latin-1', 'signature-mismatch', by(signature, latin)],
      [
        'bytes signed as their text',
        'signature-mismatch',
        by(await octokit.sign(hook.secret, latin.toString()), latin),
      ],
      ['one digit changed', 'signature-mismatch', by(otherwise(signature))],
      ['one digit cut', 'malformed-signature', by(signature.slice(0, -1))],
      ['one byte cut', 'malformed-signature', by(signature.slice(0, -2))],
      ['the prefix alone', 'malformed-signature', by('sha256=')],
      ['garbage behind it', 'malformed-signature', by(`${signature}zz`)],
      ['upper case', 'malformed-signature', by(`sha256=${hex.toUpperCase()}`)],
      ['in base64', 'malformed-signature', by(`sha256=${Buffer.from(hex, 'hex').toString('base64')}`)],
      ['blank behind the prefix', 'malformed-signature', by(`sha256= ${hex}`)],
      ['0x behind the prefix', 'malformed-signature', by(`sha256=0x${hex}`)],
      ['no prefix', 'no-supported-signature', by(hex)],
      ['an upper-case prefix', 'no-supported-signature', by(`SHA256=${hex}`)],
      ['SHA-1 by name', 'no-supported-signature', by(`sha1=${hmac(hook.secret, BODY, 'hex', 'sha1')}`)],
      [
        'SHA-1 under another name',
        'malformed-signature',
        by(`sha256=${hmac(hook.secret, BODY, 'hex', 'sha1')}`),
      ],
      ['SHA-512', 'malformed-signature', by(`sha256=${hmac(hook.secret, BODY, 'hex', 'sha512')}`)],
      ['non-ASCII in the header', 'malformed-signature', by(`sha256=${hex.slice(0, -1)}é`)],
      ['an empty body', 'empty-body', by(`sha256=${hmac(hook.secret, '')}`, '')],
      [
        'the form’s inner JSON signed',
        'signature-mismatch',
        {
          body: `payload=${encodeURIComponent(BODY)}`,
          headers: { ...good.headers, 'content-type': FORM },
        },
      ],
    ]);
  });

  it('are verified over their bytes, whatever these are', async () => {
    const bytes = (body: Uint8Array, type = 'application/json') => ({
      body,
      headers: {
        'content-type': type,
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${hmac(hook.secret, body)}`,
      },
    });
    const bom = Buffer.from(`\ufeff${BODY}`);
    await expectAccepted(hook, [
      ['no UTF-8', bytes(Buffer.from([0xff, 0x00, 0xfe, 0x7b]))],
      ['a byte order mark, signed', bytes(bom)],
      [
        'no content type',
        {
          ...bytes(Buffer.from(BODY)),
          headers: { ...bytes(Buffer.from(BODY)).headers, 'content-type': undefined },
        },
      ],
      ['another content type', bytes(Buffer.from(BODY), 'text/xml; charset=koi8-r')],
      ['a content type that is none', bytes(Buffer.from(BODY), 'application/json; charset=')],
    ]);
    const [row] = await gateway.sql<{ messages: string }>(
      'select messages from tapped_events where position($1 in messages) > 0',
      [Buffer.from([0xff, 0x00, 0xfe, 0x7b]).toString('base64')],
    );
    expect(row?.messages).to.contain('"payload_base64"');
  });

  it('keep every digit, escape and duplicate member of their payload on the bus', async () => {
    const odd = [
      '{"n":[1.0,1e400,-0,9007199254740993,0.1e-7,1E+2,12345678901234567890]}',
      '{"a":1,"a":2,"__proto__":{"x":1},"":null}',
      '{"s":"\\u0041\\/\\ud83d\\ude80 \\u2028 <!-- é"}',
      '{ "white" :\t[ 1 , 2 ]\r\n}',
      '[]',
    ];
    for (const text of odd) {
      expect((await send(hook.url, await signed(text))).status, text).to.equal(200);
      expect(await published(text), text).to.equal(1);
    }
  });

  it('are extracted from their form', async () => {
    const inner = '{"action":"form","n":1.00,"text":"a+b & ünï"}';
    const body = `payload=${encodeURIComponent(inner)}`;
    expect((await send(hook.url, await signed(body, { 'content-type': FORM }))).status).to.equal(200);
    expect(await published(inner)).to.equal(1);
    const [kept] = await keptOf(hook);
    const bytes = await hook.api.get(`/webhooks/deliveries/${kept?.id}/body`);
    expect(bytes.text).to.equal(body);
  });
});
