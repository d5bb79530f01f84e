import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { VerificationSecret } from '../../../../src/domain/webhook/proof/authenticity.ts';
import { deliveryFacts } from '../../../../src/domain/webhook/delivery/delivery-facts.ts';
import { headerPairs, type RawDelivery } from '../../../../src/domain/webhook/request/raw-delivery.ts';
import { sourceServices } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aDelivery, aSecret, DELIVERED_AT, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const PUBLIC_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const secrets: readonly VerificationSecret[] = [
  aSecret(SECRET),
  aSecret(SECRET, { kind: 'token' }),
  aSecret(PUBLIC_KEY, { kind: 'public_key' }),
  aSecret(`${SECRET}x`, { state: 'previous', version: 0, validUntil: DELIVERED_AT - 1 }),
];
const scheme = aScheme({
  kind: 'hmac',
  signature_header: 'X-Sig',
  encoding: 'base64',
  list_separator: ' ',
  template: '{id}.{timestamp}.{body}',
  id_header: 'X-Id',
  timestamp: { header: 'X-Time' },
});
const verdictOf = (source: (typeof sourceServices)[number], delivery: RawDelivery): string =>
  verdict(source, delivery, secrets, scheme === undefined ? {} : { scheme });

type Examples = readonly { readonly name: string; readonly examples: readonly object[] }[];
// Its type declarations claim that it exports only the type.
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples;

/** Headers that a verification reads, with values in their format or in none. */
const names = [
  'x-hub-signature-256',
  'x-hub-signature',
  'stripe-signature',
  'x-telegram-bot-api-secret-token',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'svix-id',
  'svix-timestamp',
  'svix-signature',
  'x-slack-signature',
  'x-slack-request-timestamp',
  'x-gitlab-token',
  'x-shopify-hmac-sha256',
  'x-twilio-signature',
  'x-signature-ed25519',
  'x-signature-timestamp',
  'x-sig',
  'x-id',
  'x-time',
  'content-type',
];
const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  });
const base64 = fc
  .uint8Array({ minLength: 20, maxLength: 64 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  hex(128),
  hex(64).map((digest) => `sha256=${digest}`),
  hex(64).map((digest) => `v0=${digest}`),
  hex(64).map((digest) => `t=${DELIVERED_SECOND},v1=${digest}`),
  base64,
  base64.map((digest) => `v1,${digest}`),
  base64.map((digest) => `v1a,${digest}`),
  fc.constantFrom(String(DELIVERED_SECOND), 'application/x-www-form-urlencoded', 'application/json'),
);
const anyDelivery = fc.record({
  method: fc.constantFrom('POST', 'GET', ''),
  url: fc.option(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), { nil: undefined }),
  query: fc.oneof(
    fc.string(),
    hex(64).map((digest) => `bodySHA256=${digest}`),
  ),
  rawHeaders: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), value), { maxLength: 12 }),
  body: fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  ),
  receivedAt: fc.constant(new Date(DELIVERED_AT)),
});

describe('any delivery', () => {
  for (const source of sourceServices)
    it(`to a webhook of ${source} never throws and is never accepted without a proof`, () => {
      fc.assert(
        fc.property(anyDelivery, (delivery) => {
          expect(verdictOf(source, delivery)).to.not.equal('accepted');
        }),
        { numRuns: 300 },
      );
    });

  for (const source of sourceServices)
    it(`to a webhook of ${source} never keeps its facts from being read`, () => {
      fc.assert(
        fc.property(anyDelivery, (delivery) => {
          const facts = deliveryFacts(source, scheme, 'signed', delivery);
          expect(facts.dedupe.key).to.match(/^(?:id:.|sha256:[0-9a-f]{64}$)/s);
          expect(Buffer.byteLength(facts.dedupe.key)).to.be.at.most(258);
          expect(facts.bodySha256).to.have.lengthOf(64);
        }),
        { numRuns: 200 },
      );
    });

  it('is told of in the log by names and numbers alone', () => {
    for (const source of sourceServices) {
      const delivery = aDelivery(
        names.map((name) => [name, `PLANTED-${name}`] as const),
        'PLANTED',
      );
      const result = verified(source, delivery, secrets, scheme === undefined ? {} : { scheme });
      expect(JSON.stringify(result), source).to.not.include('PLANTED');
      expect(result).to.have.property('_tag', 'Left');
    }
  });

  it('is read in time that grows with its size alone', () => {
    const long = 'v1=a,'.repeat(100_000);
    for (const source of sourceServices)
      expect(
        verdictOf(
          source,
          aDelivery(
            names.map((name) => [name, long] as const),
            Buffer.alloc(1_000_000, 0x26),
          ),
        ),
      ).to.not.equal('accepted');
  });
});

describe('one bit changed', () => {
  const body = Buffer.from('{"id":1,"text":"Ünï"}');
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

  it('anywhere in the body or in the signature is refused', () => {
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const changed = Buffer.from(body);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verdictOf('github', aDelivery({ 'x-hub-signature-256': signature }, changed))).to.equal(
        'signature-mismatch',
      );
    }
    for (let bit = 0; bit < signature.length * 7; bit += 1) {
      const at = Math.floor(bit / 7);
      const char = String.fromCodePoint((signature.codePointAt(at) ?? 0) ^ (1 << (bit % 7)));
      const changed = signature.slice(0, at) + char + signature.slice(at + 1);
      expect(verdictOf('github', aDelivery({ 'x-hub-signature-256': changed }, body))).to.not.equal(
        'accepted',
      );
    }
  });
});

describe("the payloads of GitHub's own examples", () => {
  const payloads = examples.flatMap((event) =>
    event.examples.map((example) => ({ name: event.name, example })),
  );

  it('are accepted as JSON and as a form, and give type and action', () => {
    expect(payloads.length).to.be.greaterThan(100);
    for (const { name, example } of payloads) {
      const json = JSON.stringify(example);
      const form = `payload=${encodeURIComponent(json)}`;
      for (const [type, body] of [
        ['application/json', json],
        ['application/x-www-form-urlencoded', form],
      ] as const) {
        const headers = {
          'X-Hub-Signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
          'X-GitHub-Event': name,
          'X-GitHub-Delivery': 'guid',
          'Content-Type': type,
        };
        const delivery = aDelivery(headers, body);
        expect(verdictOf('github', delivery), name).to.equal('accepted');
        const facts = deliveryFacts('github', undefined, 'signed', delivery);
        const action = 'action' in example ? example.action : undefined;
        expect(facts, name).to.include({ eventType: name, action, externalId: 'guid' });
        expect(facts.content, name).to.include({ kind: 'json', text: json });
      }
    }
  });
});

describe('headers as Node hands them over', () => {
  it('are paired, doubles kept', () => {
    expect(headerPairs(['A', '1', 'a', '2', 'B'])).to.deep.equal([
      ['A', '1'],
      ['a', '2'],
    ]);
  });
});
