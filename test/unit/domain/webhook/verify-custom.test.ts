import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import type { SignatureScheme } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { proofOf } from '../../../../src/domain/webhook/proof/verify-delivery.ts';
import { aDelivery, aSecret, DELIVERED_AT, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const URL_OF_OURS = 'https://hooks.example.com/in/x';
const SECRET = 'a secret of a custom sender';
const BODY = '{"a":"Ünï"}';
const now = DELIVERED_SECOND;

const scheme = (fields: object): SignatureScheme =>
  aScheme({ kind: 'hmac', signature_header: 'X-Sig', ...fields }, URL_OF_OURS);
const judged = (fields: object, headers: Record<string, string>, secret = SECRET, body = BODY): string =>
  verdict('custom', aDelivery(headers, body, { url: URL_OF_OURS }), [aSecret(secret)], {
    scheme: scheme(fields),
  });
const mac = (
  text: string,
  encoding: 'hex' | 'base64' | 'base64url' = 'hex',
  algorithm = 'sha256',
  key: string | Buffer = SECRET,
): string => createHmac(algorithm, key).update(text).digest(encoding);

describe('a custom sender that signs', () => {
  for (const algorithm of ['sha256', 'sha512', 'sha1'])
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      it(`may use ${algorithm} in ${encoding}, and only what was configured`, () => {
        const fields = { algorithm, encoding };
        expect(judged(fields, { 'X-Sig': mac(BODY, encoding, algorithm) })).to.equal('accepted');
        for (const other of ['sha256', 'sha512', 'sha1'].filter((one) => one !== algorithm))
          expect(judged(fields, { 'X-Sig': mac(BODY, encoding, other) })).to.equal('malformed-signature');
        for (const other of ['hex', 'base64', 'base64url'] as const)
          if (mac(BODY, other, algorithm) !== mac(BODY, encoding, algorithm))
            expect(judged(fields, { 'X-Sig': mac(BODY, other, algorithm) }), other).to.equal(
              'malformed-signature',
            );
      });

  it('may write hex in upper case where the scheme takes any, mixed case too', () => {
    const upper = mac(BODY).toUpperCase();
    expect(judged({ hex_case: 'any' }, { 'X-Sig': upper })).to.equal('accepted');
    expect(judged({ hex_case: 'any' }, { 'X-Sig': upper.slice(0, 20) + mac(BODY).slice(20) })).to.equal(
      'accepted',
    );
    expect(judged({}, { 'X-Sig': upper })).to.equal('malformed-signature');
  });

  it('may have its key in hex or base64, behind a prefix or not', () => {
    const key = Buffer.from('a key of thirty-two bytes, right');
    const sent = { 'X-Sig': mac(BODY, 'hex', 'sha256', key) };
    expect(judged({ secret_encoding: 'hex' }, sent, key.toString('hex'))).to.equal('accepted');
    expect(
      judged({ secret_encoding: 'base64', secret_prefix: 'k_' }, sent, `k_${key.toString('base64')}`),
    ).to.equal('accepted');
    expect(judged({ secret_encoding: 'base64' }, sent, `${key.toString('base64')}!`)).to.equal(
      'secret-unusable',
    );
    expect(judged({}, sent, key.toString('hex'))).to.equal('signature-mismatch');
  });

  it('may send a list, of which the entries with its prefix count', () => {
    const fields = { prefix: 'v1=', list_separator: ',' };
    const good = `v1=${mac(BODY)}`;
    for (const list of [good, `v0=abc,${good}`, `v1=${mac('other')},${good}`, `${good},v1=zz`, `,${good},,x`])
      expect(judged(fields, { 'X-Sig': list }), list).to.equal('accepted');
    for (const list of [`${good}, ${good}`, `${good} ,${good}`, `${good}, `])
      expect(judged(fields, { 'X-Sig': list }), list).to.equal('malformed-signature');
    const many = (count: number): string => Array.from({ length: count }, () => good).join(',');
    expect(judged(fields, { 'X-Sig': many(32) })).to.equal('accepted');
    expect(judged(fields, { 'X-Sig': many(33) })).to.equal('malformed-signature');
    expect(judged(fields, { 'X-Sig': `v0=${mac(BODY)}` })).to.equal('no-supported-signature');
    expect(judged({ prefix: 'v1=' }, { 'X-Sig': `${good},${good}` })).to.equal('malformed-signature');
  });

  it('may sign method, public URL, id and time around the body', () => {
    const fields = {
      template: '{method} {url} {id}.{timestamp}.{body}',
      id_header: 'X-Id',
      timestamp: { header: 'X-Time', unit: 'ms', tolerance_seconds: 10 },
    };
    const sent = (time: number, id = 'e-1') => ({
      'X-Sig': mac(`POST ${URL_OF_OURS} ${id}.${time}.${BODY}`),
      'X-Id': id,
      'X-Time': String(time),
    });
    expect(judged(fields, sent(DELIVERED_AT))).to.equal('accepted');
    expect(judged(fields, sent(DELIVERED_AT - 10_000))).to.equal('accepted');
    expect(judged(fields, sent(DELIVERED_AT - 10_001))).to.equal('timestamp-too-old');
    expect(judged(fields, sent(DELIVERED_AT + 10_001))).to.equal('timestamp-in-future');
    expect(judged(fields, { ...sent(DELIVERED_AT), 'X-Id': 'e-2' })).to.equal('signature-mismatch');
    expect(judged(fields, { ...sent(DELIVERED_AT), 'X-Time': String(DELIVERED_AT + 1) })).to.equal(
      'signature-mismatch',
    );
    expect(judged(fields, { ...sent(DELIVERED_AT), 'X-Id': '' })).to.equal('header-missing');
    expect(judged(fields, sent(DELIVERED_AT, 'e.1'))).to.equal('malformed-id');
    expect(judged(fields, sent(DELIVERED_AT, 'e 1'))).to.equal('malformed-id');
  });

  it("may sign the public URL directly next to the body, as in the example on Square's pages", () => {
    const signing = scheme({ encoding: 'base64', template: '{url}{body}' });
    const by = (url: string, body: string): string =>
      verdict(
        'custom',
        aDelivery({ 'X-Sig': '2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=' }, body, { url }),
        [aSecret('asdf1234')],
        { scheme: signing },
      );
    expect(by('https://example.com/webhook', '{"hello":"world"}')).to.equal('accepted');
    expect(by('https://example.com/webhook', '{"hello":"World"}')).to.equal('signature-mismatch');
    expect(by('https://example.com/webhook/', '{"hello":"world"}')).to.equal('signature-mismatch');
  });

  it("may sign a date directly next to the body, as in the example on Zendesk's pages", () => {
    const [signed, sentAt] = ['{"say": "hello"}', '2021-07-25T10:00:00Z'];
    const signing = scheme({
      encoding: 'base64',
      template: '{body}{timestamp}',
      timestamp: { header: 'X-Time', unit: 'iso' },
    });
    const by = (time: string, body: string): string =>
      verdict(
        'custom',
        aDelivery({ 'X-Sig': 'tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw=', 'X-Time': time }, body),
        [aSecret('HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=')],
        { scheme: signing, now: Date.parse(sentAt) },
      );
    expect(by(sentAt, signed)).to.equal('accepted');
    expect(by('2021-07-25T10:00:01Z', signed)).to.equal('signature-mismatch');
    // The same text, divided at another point.
    for (let at = 1; at < sentAt.length; at += 1)
      expect(by(sentAt.slice(at), signed + sentAt.slice(0, at)), String(at)).to.equal('timestamp-malformed');
  });

  it('may sign milliseconds right behind the body, as HubSpot does, and nobody can cut them elsewhere', () => {
    const time = String(DELIVERED_AT);
    const by = (sent: string, body: string, tolerance_seconds?: number): string => {
      const timestamp = { header: 'X-Time', unit: 'ms', tolerance_seconds };
      const fields = { encoding: 'base64', template: 'POST{url}{body}{timestamp}', timestamp };
      const signature = mac(`POST${URL_OF_OURS}${BODY}12${time}`, 'base64');
      return judged(fields, { 'X-Sig': signature, 'X-Time': sent }, SECRET, body);
    };
    expect(by(time, `${BODY}12`)).to.equal('accepted');
    expect(by(time, BODY)).to.equal('signature-mismatch');
    for (const tolerance of [undefined, 86_400]) {
      expect(by(`2${time}`, `${BODY}1`, tolerance)).to.equal('timestamp-in-future');
      expect(by(`12${time}`, BODY, tolerance)).to.equal('timestamp-in-future');
      expect(by(time.slice(1), `${BODY}12${time.slice(0, 1)}`, tolerance)).to.equal('timestamp-too-old');
    }
  });

  it('may write its time as RFC 3339, and not as anything else that a Date reads', () => {
    const fields = { template: '{timestamp}|{body}', timestamp: { header: 'X-Time', unit: 'iso' } };
    const by = (time: string): string => judged(fields, { 'X-Sig': mac(`${time}|${BODY}`), 'X-Time': time });
    for (const time of [
      '2026-11-26T12:00:00Z',
      '2026-11-26T14:00:00.123456789+02:00',
      '2026-11-26T11:55:00.500Z',
    ])
      expect(by(time), time).to.equal('accepted');
    expect(by('2026-11-26T11:55:00.499Z')).to.equal('timestamp-too-old');
    for (const time of [
      '2026-11-26',
      '2026-11-26 12:00:00Z',
      '2026-11-26T12:00:00',
      'Thu, 26 Nov 2026 12:00:00 GMT',
      '2026-13-26T12:00:00Z',
      String(now),
    ])
      expect(by(time), time).to.equal('timestamp-malformed');
  });

  it('may use Ed25519, its key in hex or base64', () => {
    const pair = generateKeyPairSync('ed25519');
    const key = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const signature = sign(null, Buffer.from(`${now}.${BODY}`), pair.privateKey).toString('base64url');
    const fields = {
      kind: 'ed25519',
      encoding: 'base64url',
      template: '{timestamp}.{body}',
      timestamp: { header: 'X-Time' },
    };
    const by = (value: string, body = BODY): string =>
      verdict(
        'custom',
        aDelivery({ 'X-Sig': signature, 'X-Time': String(now) }, body),
        [aSecret(value, { kind: 'public_key' })],
        { scheme: scheme(fields) },
      );
    for (const value of [key.toString('hex'), key.toString('base64'), `whpk_${key.toString('base64')}`])
      expect(by(value)).to.equal('accepted');
    expect(by(key.toString('hex'), `${BODY} `)).to.equal('signature-mismatch');
    expect(by('ff'.repeat(32))).to.equal('signature-mismatch');
    expect(by('01'.padEnd(64, '0'))).to.equal('secret-unusable');
  });

  it('is refused more than four signatures of Ed25519, each of which would cost a pass over the body', () => {
    const pair = generateKeyPairSync('ed25519');
    const key = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    const good = sign(null, Buffer.from(BODY), pair.privateKey).toString('hex');
    const by = (...signatures: readonly string[]): string =>
      verdict(
        'custom',
        aDelivery({ 'X-Sig': signatures.join(',') }, BODY),
        [aSecret(key, { kind: 'public_key' })],
        {
          scheme: scheme({ kind: 'ed25519', list_separator: ',' }),
        },
      );
    const bad = '01'.repeat(64);
    expect(by(bad, bad, bad, good)).to.equal('accepted');
    expect(by(bad, bad, bad, bad, good)).to.equal('malformed-signature');
  });

  it('is refused an empty body where the scheme says so', () => {
    expect(judged({ reject_empty_body: true }, { 'X-Sig': mac('') }, SECRET, '')).to.equal('empty-body');
    expect(judged({}, { 'X-Sig': mac('') }, SECRET, '')).to.equal('accepted');
  });

  it('is refused everything while its webhook has no public URL and signs it', () => {
    const signing = scheme({ template: '{url}|{body}' });
    const delivery = aDelivery({ 'X-Sig': mac(`|${BODY}`) }, BODY);
    expect(verdict('custom', delivery, [aSecret(SECRET)], { scheme: signing })).to.equal(
      'public-url-missing',
    );
  });

  it('has no proof without a scheme, and the address alone when nothing else is asked', () => {
    expect(proofOf('custom', undefined, true)).to.equal(undefined);
    const none = aScheme({ kind: 'none' });
    expect(proofOf('custom', none, true)).to.have.property('addressEnforced', true);
  });

  it('is refused by a stored scheme that breaks its own rules', () => {
    const good = scheme({ template: '{timestamp}.{body}', timestamp: { header: 'X-Time' } });
    const broken = [
      { ...good, template: '{nonce}' },
      { ...good, template: '{id}.{body}' },
    ] as SignatureScheme[];
    for (const one of broken) {
      const delivery = aDelivery({ 'X-Sig': mac(BODY), 'X-Time': String(now) }, BODY);
      expect(verified('custom', delivery, [aSecret(SECRET)], { scheme: one })).to.have.nested.property(
        'left.kind',
        'scheme-unusable',
      );
    }
  });
});
