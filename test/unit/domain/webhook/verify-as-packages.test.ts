import * as octokit from '@octokit/webhooks-methods';
import { expect } from 'chai';
import { verifyKey } from 'discord-interactions';
import * as fc from 'fast-check';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { SourceService } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aDelivery, aSecret, DELIVERED_AT, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { verdict } from '../../../support/authenticity.ts';

type Bolt = { readonly verifySlackRequest: (options: object) => void };
// The package does not export this function, and its main file starts a server framework.
const bolt = createRequire(import.meta.url)('@slack/bolt/dist/receivers/verify-request.js') as Bolt;
const stripe = new Stripe('sk_test_nothing');
const discord = generateKeyPairSync('ed25519');
const discordKey = discord.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');

type Headers = Readonly<Record<string, string>>;
type Signed = { readonly body: string; readonly secret: string; readonly at: number };
type Package = {
  readonly source: SourceService;
  readonly sign: (signed: Signed) => Headers | Promise<Headers>;
  /** Throws or returns false when it refuses. */
  readonly verify: (signed: Signed, headers: Headers) => unknown;
};

const standard = (source: 'standard_webhooks' | 'svix', prefix: string): Package => {
  const of = ({ secret }: Signed) =>
    source === 'svix' ? new SvixWebhook(secret) : new StandardWebhook(secret);
  return {
    source,
    sign: (signed) => ({
      [`${prefix}-id`]: 'msg_1',
      [`${prefix}-timestamp`]: String(signed.at),
      [`${prefix}-signature`]: of(signed).sign('msg_1', new Date(signed.at * 1000), signed.body),
    }),
    verify: (signed, headers) => {
      of(signed).verify(signed.body, { ...headers });
    },
  };
};

const packages: { readonly [name: string]: Package } = {
  '@octokit/webhooks-methods': {
    source: 'github',
    sign: async ({ secret, body }) => ({ 'x-hub-signature-256': await octokit.sign(secret, body) }),
    verify: ({ secret, body }, headers) => octokit.verify(secret, body, headers['x-hub-signature-256'] ?? ''),
  },
  stripe: {
    source: 'stripe',
    sign: ({ secret, body, at }) => ({
      'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: at }),
    }),
    verify: ({ secret, body }, headers) =>
      stripe.webhooks.signature?.verifyHeader(
        body,
        headers['stripe-signature'] ?? '',
        secret,
        300,
        undefined,
        DELIVERED_AT,
      ),
  },
  '@slack/bolt': {
    source: 'slack',
    sign: ({ secret, body, at }) => ({
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`,
    }),
    verify: ({ secret, body }, headers) => {
      bolt.verifySlackRequest({ signingSecret: secret, body, headers, nowMilliseconds: DELIVERED_AT });
    },
  },
  standardwebhooks: standard('standard_webhooks', 'webhook'),
  svix: standard('svix', 'svix'),
  'discord-interactions': {
    source: 'discord',
    sign: ({ body, at }) => ({
      'x-signature-timestamp': String(at),
      'x-signature-ed25519': sign(null, Buffer.from(`${at}${body}`), discord.privateKey).toString('hex'),
    }),
    verify: ({ body }, headers) =>
      verifyKey(
        body,
        headers['x-signature-ed25519'] ?? '',
        headers['x-signature-timestamp'] ?? '',
        discordKey,
      ),
  },
};

/** No secret of white space only: none is issued here, and Stripe's package refuses it. */
const anyText = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ minLength: 1 }))
  .filter((text) => text.trim() !== '');
/** The packages of the standard also parse the body, and fail if it is empty or not JSON. */
const anyBody = fc.oneof(
  fc.json().filter((text) => text !== 'false'),
  fc.constant('{"a":1}'),
);
const anyBase64Secret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);
const anyTime = fc.oneof(
  fc.integer({ min: DELIVERED_SECOND - 300, max: DELIVERED_SECOND + 300 }),
  fc.constantFrom(DELIVERED_SECOND - 300, DELIVERED_SECOND + 300),
);
const signedFor = (source: SourceService): fc.Arbitrary<Signed> =>
  fc.record({
    body: anyBody,
    secret: source === 'standard_webhooks' || source === 'svix' ? anyBase64Secret : anyText,
    at: anyTime,
  });

/** Texts with a meaning in some header. */
const pieces = [...Array.from(',= \t;.+-_/0z'), '', 'v0', 'v1', 'v1a', '==', ', ', 't=', 'sha256=', 'é'];
type Change = (text: string) => string;
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(fc.nat(), fc.nat({ max: 2 }), fc.constantFrom(...pieces))
    .map(([place, removed, piece]): Change => (text) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + piece + text.slice(at + removed);
    }),
  fc.constantFrom(',', ' ', ', ', ';').map(
    (between): Change =>
      (text) =>
        text + between + text,
  ),
  fc.constantFrom('v0=', 'v1=', 'sha256=', '').map(
    (kept): Change =>
      (text) =>
        text.replace(new RegExp(`(?<=${kept}).*`), (rest) => rest.toUpperCase()),
  ),
  fc.constantFrom<Change>(
    (text) => text,
    (text) => text.slice(0, -1),
  ),
);

const ours = ({ source }: Package, { secret, body }: Signed, headers: Headers): boolean => {
  const known = source === 'discord' ? aSecret(discordKey, { kind: 'public_key' as const }) : aSecret(secret);
  return verdict(source, aDelivery(headers, body), [known]) === 'accepted';
};
const theirs = async ({ verify }: Package, signed: Signed, headers: Headers): Promise<boolean> => {
  try {
    return (await verify(signed, headers)) !== false;
  } catch {
    return false;
  }
};

describe('deliveries that a package of their sender signs and verifies', () => {
  const now = Date.now;
  // The packages of the standard take no clock.
  before(() => (Date.now = () => DELIVERED_AT));
  after(() => (Date.now = now));

  for (const [name, from] of Object.entries(packages)) {
    it(`are accepted as ${name} signs them, for any secret and body`, () =>
      fc.assert(
        fc.asyncProperty(signedFor(from.source), async (signed) => {
          const headers = await from.sign(signed);
          expect([ours(from, signed, headers), await theirs(from, signed, headers)]).to.deep.equal([
            true,
            true,
          ]);
        }),
        { numRuns: 100 },
      ));

    it(`are never accepted where ${name} refuses them, however their headers were changed`, () =>
      fc.assert(
        fc.asyncProperty(
          signedFor(from.source),
          fc.nat(),
          anyChange,
          fc.integer({ min: -600, max: 600 }),
          async (signed, place, change, shift) => {
            const sent = Object.entries(await from.sign({ ...signed, at: signed.at + shift }));
            const headers = Object.fromEntries(
              sent.map(([header, value], n) => [header, n === place % sent.length ? change(value) : value]),
            );
            if (ours(from, signed, headers)) expect(await theirs(from, signed, headers)).to.equal(true);
          },
        ),
        { numRuns: 400 },
      ));
  }
});
