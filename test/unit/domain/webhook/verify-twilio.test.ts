import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { RawDelivery } from '../../../../src/domain/webhook/request/raw-delivery.ts';
import { aDelivery, aSecret } from '../../../support/a-delivery.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

type Twilio = {
  readonly getExpectedTwilioSignature: (
    token: string,
    url: string,
    params: Record<string, unknown>,
  ) => string;
  readonly getExpectedBodyHash: (body: string) => string;
  readonly validateRequest: (
    token: string,
    signature: string,
    url: string,
    params: Record<string, unknown>,
  ) => boolean;
  readonly validateRequestWithBody: (token: string, signature: string, url: string, body: string) => boolean;
};
// Its main file loads every product of Twilio, which takes seconds.
const twilio = createRequire(import.meta.url)('twilio/lib/webhooks/webhooks.js') as Twilio;

const TOKEN = '12345abcde12345abcde12345abcde12';
const URL_OF_OURS = "https://hooks.example.com/webhooks/in/whk_x?site=o'hare&x=1";
const FORM = 'application/x-www-form-urlencoded';
const params = {
  To: '+18005551212',
  From: '+14158675310',
  CallSid: 'CA1234567890ABCDE',
  Body: 'Ünï & = 🚀 + %',
  Empty: '',
  Digits: ['2', '1', '2'],
  a: 'lower case after upper case',
};
const formOf = (fields: Readonly<Record<string, string | readonly string[]>>): string =>
  Object.entries(fields)
    .flatMap(([name, value]) =>
      [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
    )
    .join('&');
const BODY = formOf(params);

const judged = (
  signature: string,
  body: string | Uint8Array,
  rest: Partial<RawDelivery> = {},
  type = FORM,
): string =>
  verdict(
    'twilio',
    aDelivery({ 'X-Twilio-Signature': signature, ...(type !== '' && { 'Content-Type': type }) }, body, {
      url: URL_OF_OURS,
      ...rest,
    }),
    [aSecret(TOKEN)],
  );
const good = twilio.getExpectedTwilioSignature(TOKEN, URL_OF_OURS, params);

describe('a form of Twilio', () => {
  it("is accepted when Twilio's own package has signed it, fields sent more than once included", () => {
    const headers = { 'X-Twilio-Signature': good, 'Content-Type': `${FORM}; charset=UTF-8` };
    const delivery = aDelivery(headers, BODY, { url: URL_OF_OURS });
    expect(verified('twilio', delivery, [aSecret(TOKEN, { version: 2 })])).to.deep.equal({
      _tag: 'Right',
      right: { method: 'hmac-sha1', level: 'signed', secretVersion: 2 },
    });
  });

  it("is accepted with the signature of Twilio's documentation", () => {
    const documented = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
    };
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
    const delivery = aDelivery(
      { 'X-Twilio-Signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', 'Content-Type': FORM },
      formOf(documented),
      { url },
    );
    expect(verdict('twilio', delivery, [aSecret('12345')])).to.equal('accepted');
  });

  it('is accepted with "+" for a blank and in any order of its fields', () => {
    const shuffled = formOf(Object.fromEntries(Object.entries(params).toReversed())).replaceAll('%20', '+');
    expect(judged(good, shuffled)).to.equal('accepted');
  });

  it('is accepted with its port or without, as its package accepts it', () => {
    const ported = (port: string): string => URL_OF_OURS.replace('.com', `.com${port}`);
    for (const [signed, configured, expected] of [
      ['', ':443', 'accepted'],
      [':443', '', 'accepted'],
      ['', ':8443', 'accepted'],
      [':8443', ':8443', 'accepted'],
      [':8443', '', 'signature-mismatch'],
      [':80', '', 'signature-mismatch'],
      [':443', ':8443', 'signature-mismatch'],
    ] as const) {
      const signature = twilio.getExpectedTwilioSignature(TOKEN, ported(signed), params);
      const theirs = twilio.validateRequest(TOKEN, signature, ported(configured), params);
      expect(theirs, `${signed} ${configured}`).to.equal(expected === 'accepted');
      expect(judged(signature, BODY, { url: ported(configured) }), `${signed} ${configured}`).to.equal(
        expected,
      );
    }
  });

  it('is accepted with the usual port of http where the URL is one of http', () => {
    const url = URL_OF_OURS.replace('https:', 'http:');
    for (const [port, expected] of [
      [':80', 'accepted'],
      [':443', 'signature-mismatch'],
    ] as const) {
      const signature = twilio.getExpectedTwilioSignature(TOKEN, url.replace('.com', `.com${port}`), params);
      expect(twilio.validateRequest(TOKEN, signature, url, params)).to.equal(expected === 'accepted');
      expect(judged(signature, BODY, { url }), port).to.equal(expected);
    }
  });

  it('is accepted as its package accepts it where Twilio has signed another spelling of the URL', () => {
    const site = 'https://Hooks.example.com';
    for (const [configured, signed, expected] of [
      [`${site}/in?site=o'hare`, 'https://hooks.example.com/in?site=o%27hare', 'accepted'],
      [`${site}/in?site=o'hare`, 'https://hooks.example.com:443/in?site=o%27hare', 'accepted'],
      [`${site}/in?a=x+y&b=%7e&a=z&c`, 'https://hooks.example.com/in?a=x%20y&a=z&b=~&c=', 'accepted'],
      [`${site}/in?a=x+y`, 'https://hooks.example.com:443/in?a=x%20y', 'accepted'],
      [`${site}/in?a=x+y`, `${site}/in?a=x%20y`, 'signature-mismatch'],
      [site, 'https://hooks.example.com/', 'accepted'],
      [`${site}/in/{id}`, 'https://hooks.example.com/in/%7Bid%7D', 'accepted'],
      [`${site}/in?site=o'hare`, 'https://hooks.example.com/in?site=ohare', 'signature-mismatch'],
      [`${site}/in?a=1&b=2`, 'https://hooks.example.com/in?b=2&a=1', 'signature-mismatch'],
      [`${site}/in?`, 'https://hooks.example.com/in', 'signature-mismatch'],
    ] as const) {
      const signature = twilio.getExpectedTwilioSignature(TOKEN, signed, params);
      const theirs = twilio.validateRequest(TOKEN, signature, configured, params);
      expect(theirs, `${signed} for ${configured}`).to.equal(expected === 'accepted');
      expect(judged(signature, BODY, { url: configured }), `${signed} for ${configured}`).to.equal(expected);
    }
  });

  it('is accepted with the very spellings of its URL that its package accepts', () => {
    const part = fc.string({
      unit: fc.constantFrom(...Array.from(`aZ0'"+%&=?;:/.,~!*(){}|^<>-_@`)),
      maxLength: 12,
    });
    const host = fc.constantFrom('x.example', 'X.Example', '[::1]', 'x.example:443', 'x.example:8443');
    const spellings: readonly ((url: string) => string)[] = [
      (url) => url,
      (url) => new URL(url).toString(),
      (url) => new URL(url).toString().replace(':8443', ''),
      (url) => new URL(url).toString().replaceAll("'", '%27'),
      (url) => url.replaceAll('+', '%20'),
      (url) => url.toLowerCase(),
    ];
    fc.assert(
      fc.property(host, part, part, fc.constantFrom(...spellings), (name, path, query, spelt) => {
        const url = `https://${name}/${path}?${query}`;
        const signature = twilio.getExpectedTwilioSignature(TOKEN, spelt(url), params);
        const theirs = twilio.validateRequest(TOKEN, signature, url, params);
        expect(judged(signature, BODY, { url })).to.equal(theirs ? 'accepted' : 'signature-mismatch');
      }),
    );
  });

  it('is no other one with the end of one spelling of the URL in front of its first field', () => {
    const site = 'https://hooks.example.com';
    for (const [configured, signed, moved] of [
      [site, `${site}/`, '/'],
      [`${site}/in?a`, `${site}/in?a=`, '='],
    ] as const) {
      const signature = twilio.getExpectedTwilioSignature(TOKEN, signed, { From: '1', To: '2' });
      expect(judged(signature, formOf({ From: '1', To: '2' }), { url: configured })).to.equal('accepted');
      const other = formOf({ [`${moved}From`]: '1', To: '2' });
      expect(judged(signature, other, { url: configured }), signed).to.equal('signature-mismatch');
    }
  });

  it('is accepted without any field', () => {
    expect(judged(twilio.getExpectedTwilioSignature(TOKEN, URL_OF_OURS, {}), '', {}, '')).to.equal(
      'accepted',
    );
  });

  it('is accepted with any content of its fields, as its package signs them', () => {
    const field = fc.string({ unit: 'grapheme', maxLength: 12 });
    const name = field.filter((text) => text !== '' && text !== '__proto__');
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.oneof(field, fc.array(field, { minLength: 1 })), { minKeys: 1 }),
        (fields) => {
          const signature = twilio.getExpectedTwilioSignature(TOKEN, URL_OF_OURS, fields);
          expect(judged(signature, formOf(fields))).to.equal('accepted');
        },
      ),
    );
  });

  const refused: readonly (readonly [string, string, string, string, Partial<RawDelivery>?])[] = [
    [
      'another secret',
      twilio.getExpectedTwilioSignature('another', URL_OF_OURS, params),
      BODY,
      'signature-mismatch',
    ],
    ['a changed field', good, BODY.replace('1415', '1416'), 'signature-mismatch'],
    ['a field more', good, `${BODY}&Extra=1`, 'signature-mismatch'],
    ['a field less', good, BODY.replace('&Empty=', ''), 'signature-mismatch'],
    ['another URL', good, BODY, 'signature-mismatch', { url: `${URL_OF_OURS}2` }],
    ['another host', good, BODY, 'signature-mismatch', { url: URL_OF_OURS.replace('.com', '.com.') }],
    ['no public URL', good, BODY, 'public-url-missing', { url: undefined }],
    ['hex', Buffer.from(good, 'base64').toString('hex'), BODY, 'malformed-signature'],
    ['no padding', good.replace('=', ''), BODY, 'malformed-signature'],
    ['garbage behind it', `${good}zz`, BODY, 'malformed-signature'],
    ['a broken escape', good, 'a=%zz', 'body-not-signed'],
    ['an escape that is no UTF-8', good, 'a=%ff', 'body-not-signed'],
    ['1001 fields', good, 'a=1&'.repeat(1001), 'body-not-signed'],
  ];
  for (const [name, signature, body, reason, rest] of refused)
    it(`is refused with ${name}`, () => expect(judged(signature, body, rest)).to.equal(reason));

  it('is refused where the query names the hash of the body but gives none', () => {
    expect(judged(good, BODY, { query: 'bodySHA256' })).to.equal('body-hash-mismatch');
  });

  it('is refused without its header, and with two of them', () => {
    const by = (...signatures: readonly string[]): string =>
      verdict(
        'twilio',
        aDelivery(
          [...signatures.map((text) => ['X-Twilio-Signature', text] as const), ['Content-Type', FORM]],
          BODY,
          {
            url: URL_OF_OURS,
          },
        ),
        [aSecret(TOKEN)],
      );
    expect([by(), by(good), by(good, good)]).to.deep.equal(['header-missing', 'accepted', 'header-repeated']);
  });

  it('is not proved by an empty secret, with which anybody could sign', () => {
    const forged = createHmac('sha1', '').update(URL_OF_OURS).digest('base64');
    const delivery = aDelivery({ 'X-Twilio-Signature': forged }, '', { url: URL_OF_OURS });
    expect(verdict('twilio', delivery, [aSecret('')])).to.equal('secret-unusable');
  });

  it('is refused when its body is no form: nothing of it would be signed', () => {
    const overUrl = twilio.getExpectedTwilioSignature(TOKEN, URL_OF_OURS, {});
    for (const type of ['application/json', 'text/plain', ''])
      expect(judged(overUrl, '{"a":1}', {}, type), type).to.equal('body-not-signed');
  });

  it('is not helped by a query of the request that is not in the public URL', () => {
    expect(judged(good, BODY, { query: 'site=x' })).to.equal('accepted');
    const withQuery = twilio.getExpectedTwilioSignature(TOKEN, `${URL_OF_OURS}&more=1`, params);
    expect(judged(withQuery, BODY, { query: "site=o'hare&x=1&more=1" })).to.equal('signature-mismatch');
  });
});

describe('a JSON body of Twilio', () => {
  const JSON_BODY = '{"event":"Ünï"}';
  const hash = twilio.getExpectedBodyHash(JSON_BODY);
  const base = 'https://hooks.example.com/webhooks/in/whk_x';
  const signature = twilio.getExpectedTwilioSignature(TOKEN, `${base}?bodySHA256=${hash}`, {});
  const json = (sent: string, body: string | Uint8Array, query: string, url = base): string =>
    judged(sent, body, { url, query }, 'application/json');

  it('is accepted when the signed URL carries its hash, as its package does', () => {
    expect(
      twilio.validateRequestWithBody(TOKEN, signature, `${base}?bodySHA256=${hash}`, JSON_BODY),
    ).to.equal(true);
    expect(json(signature, JSON_BODY, `bodySHA256=${hash}`)).to.equal('accepted');
    expect(json(signature, JSON_BODY, '', `${base}?bodySHA256=${hash}`)).to.equal('accepted');
  });

  it('is accepted behind a query of the public URL', () => {
    const url = `${base}?a=1`;
    const sent = twilio.getExpectedTwilioSignature(TOKEN, `${url}&bodySHA256=${hash}`, {});
    expect(json(sent, JSON_BODY, `a=1&bodySHA256=${hash}`, url)).to.equal('accepted');
  });

  it('is accepted behind another spelling of the public URL, as by its package', () => {
    const url = "https://hooks.example.com?site=o'hare+airport";
    for (const spelt of [
      'https://hooks.example.com/?site=o%27hare+airport',
      "https://hooks.example.com:443/?site=o'hare%20airport",
    ]) {
      const sent = twilio.getExpectedTwilioSignature(TOKEN, `${spelt}&bodySHA256=${hash}`, {});
      const asked = `${url}&bodySHA256=${hash}`;
      expect(twilio.validateRequestWithBody(TOKEN, sent, asked, JSON_BODY), spelt).to.equal(true);
      expect(json(sent, JSON_BODY, `bodySHA256=${hash}`, url), spelt).to.equal('accepted');
    }
  });

  it('is no form with its hash for the name of a field', () => {
    for (const url of [base, `${base}?site=1`]) {
      const hashed = `${url.includes('?') ? '&' : '?'}bodySHA256=${hash}`;
      const sent = twilio.getExpectedTwilioSignature(TOKEN, url + hashed, {});
      expect(json(sent, JSON_BODY, `bodySHA256=${hash}`, url)).to.equal('accepted');
      for (const length of [1, 5, 12, hashed.length]) {
        const form = formOf({ [hashed.slice(0, length)]: hashed.slice(length) });
        expect(judged(sent, form, { url }), form).to.equal('body-not-signed');
      }
    }
  });

  it('is accepted as bytes that are no text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);
    const ofBytes = createHash('sha256').update(bytes).digest('hex');
    const sent = twilio.getExpectedTwilioSignature(TOKEN, `${base}?bodySHA256=${ofBytes}`, {});
    expect(json(sent, bytes, `bodySHA256=${ofBytes}`)).to.equal('accepted');
  });

  const refused: readonly (readonly [string, string, string, string])[] = [
    ['another body', `${JSON_BODY} `, `bodySHA256=${hash}`, 'body-hash-mismatch'],
    [
      'the hash of another body, which the signature does not cover',
      '{}',
      `bodySHA256=${twilio.getExpectedBodyHash('{}')}`,
      'signature-mismatch',
    ],
    ['no hash', JSON_BODY, '', 'body-not-signed'],
    ['two hashes', JSON_BODY, `bodySHA256=${hash}&bodySHA256=${hash}`, 'body-not-signed'],
    ['an empty hash', JSON_BODY, 'bodySHA256=', 'body-hash-mismatch'],
    ['a hash in upper case', JSON_BODY, `bodySHA256=${hash.toUpperCase()}`, 'body-hash-mismatch'],
    ['a cut hash', JSON_BODY, `bodySHA256=${hash.slice(2)}`, 'body-hash-mismatch'],
    ['a hash under another name', JSON_BODY, `bodysha256=${hash}`, 'body-not-signed'],
  ];
  for (const [name, body, query, reason] of refused)
    it(`is refused with ${name}`, () => expect(json(signature, body, query)).to.equal(reason));
});
