import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import { ed25519Key } from '../../../../src/domain/webhook/proof/ed25519-key.ts';
import { schemeOfSecret } from '../../../../src/domain/webhook/scheme/scheme-of-secret.ts';
import {
  newSecret,
  receiverChoosesSecret,
  secretKindsOf,
  secretProblems,
  type GivenSecrets,
} from '../../../../src/domain/webhook/proof/secret-rules.ts';
import {
  sourceServices,
  type SignatureScheme,
  type SourceService,
} from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aScheme } from '../../../support/a-scheme.ts';

const hmac = (rest: object = {}): SignatureScheme =>
  aScheme({ kind: 'hmac', signature_header: 'x-s', ...rest });
const token = aScheme({ kind: 'token', token_header: 'x-t' });
const basic = aScheme({ kind: 'basic' });
const ed25519 = aScheme({ kind: 'ed25519', signature_header: 'x-s' });
const none = aScheme({ kind: 'none' });

describe('what a source proves itself with', () => {
  it('is a secret of ours or its own, a token, a public key, or either of two', () => {
    const kinds = sourceServices.map((source) => [source, secretKindsOf(source, undefined)]);
    expect(Object.fromEntries(kinds)).to.deep.equal({
      github: ['hmac'],
      stripe: ['hmac'],
      telegram: ['token'],
      standard_webhooks: ['hmac', 'public_key'],
      svix: ['hmac', 'public_key'],
      slack: ['hmac'],
      gitlab: ['token'],
      gitlab_signing: ['hmac', 'public_key'],
      shopify: ['hmac'],
      bitbucket: ['hmac'],
      twilio: ['hmac'],
      discord: ['public_key'],
      custom: [],
    });
  });

  it('follows from the scheme of a custom one', () => {
    const kinds = [hmac(), token, basic, aScheme({ kind: 'bearer' }), ed25519, none].map((scheme) =>
      secretKindsOf('custom', scheme),
    );
    expect(kinds).to.deep.equal([['hmac'], ['token'], ['token'], ['token'], ['public_key'], []]);
  });
});

type Case = readonly [SourceService, SignatureScheme | undefined, Partial<GivenSecrets>];
const pointers = ([source, custom, given]: Case): readonly string[] =>
  secretProblems(source, custom, { secretKey: undefined, publicKey: undefined, ...given }).map(
    (p) => p.pointer,
  );
const base64 = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64');
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const name = ([source, custom, given]: Case): string =>
  `${source} ${custom?.kind ?? ''} ${JSON.stringify(given).slice(0, 70)}`;

describe('the secrets of a webhook may be', () => {
  const good: readonly Case[] = [
    ['github', undefined, {}],
    ['github', undefined, { secretKey: "It's a Secret to Everybody" }],
    ['github', undefined, { secretKey: 'x'.repeat(16) }],
    ['github', undefined, { secretKey: ` ${'x'.repeat(16)} ` }],
    ['github', undefined, { secretKey: 'ключключ' }],
    ['stripe', undefined, { secretKey: 'whsec_test_secret' }],
    ['telegram', undefined, { secretKey: 'a' }],
    ['twilio', undefined, { secretKey: '12345' }],
    ['telegram', undefined, { secretKey: 'Az09_-'.repeat(42) }],
    ['standard_webhooks', undefined, {}],
    ['standard_webhooks', undefined, { secretKey: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
    ['standard_webhooks', undefined, { secretKey: base64(64) }],
    [
      'standard_webhooks',
      undefined,
      { publicKey: `whpk_${Buffer.from(publicKey, 'hex').toString('base64')}` },
    ],
    ['svix', undefined, { secretKey: `whsec_${base64(24)}` }],
    ['svix', undefined, { secretKey: `whsec_${base64(75)}` }],
    ['gitlab_signing', undefined, { secretKey: `whsec_${base64(32)}` }],
    ['discord', undefined, { publicKey }],
    ['custom', hmac(), {}],
    ['custom', hmac({ secret_encoding: 'hex' }), { secretKey: 'aB'.repeat(16) }],
    ['custom', hmac({ secret_encoding: 'base64', secret_prefix: 'k_' }), { secretKey: `k_${base64(16)}` }],
    ['custom', basic, { secretKey: 'user:a long password' }],
    ['custom', ed25519, { publicKey }],
    ['custom', none, {}],
  ];
  for (const one of good) it(name(one), () => expect(pointers(one)).to.deep.equal([]));

  it('any public key that a pair of keys has', () => {
    for (let pair = 0; pair < 50; pair += 1) {
      const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' });
      const given = { publicKey: key.subarray(-32).toString('hex') };
      expect(pointers(['discord', undefined, given]), given.publicKey).to.deep.equal([]);
    }
  });
});

describe('the secrets of a webhook may not be', () => {
  const weakKey = `01${'00'.repeat(31)}`;
  // There is no x for y = 2 on the curve; there is one for y = 3, which the other writes as 2^255 - 19 + 3.
  const noPoint = `02${'00'.repeat(31)}`;
  const beyondTheField = `f0${'ff'.repeat(30)}7f`;
  const hexAsBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  const bad: readonly (readonly [string, Case])[] = [
    ['/secret_key', ['github', undefined, { secretKey: '' }]],
    ['/secret_key', ['github', undefined, { secretKey: '10 bytes..' }]],
    ['/secret_key', ['github', undefined, { secretKey: 'x'.repeat(15) }]],
    ['/secret_key', ['github', undefined, { secretKey: `${'x'.repeat(20)}\n` }]],
    ['/secret_key', ['github', undefined, { secretKey: `${'x'.repeat(20)}\ud800` }]],
    ['/secret_key', ['github', undefined, { secretKey: 'x'.repeat(513) }]],
    ['/secret_key', ['github', undefined, { secretKey: ' '.repeat(20) }]],
    ['/secret_key', ['stripe', undefined, { secretKey: '\u00a0\u2003\u3000 '.repeat(5) }]],
    ['/secret_key', ['slack', undefined, { secretKey: '\u200b\ufeff'.repeat(10) }]],
    ['/public_key', ['github', undefined, { publicKey }]],
    ['/secret_key', ['stripe', undefined, {}]],
    ['/secret_key', ['slack', undefined, {}]],
    ['/secret_key', ['shopify', undefined, {}]],
    ['/secret_key', ['twilio', undefined, {}]],
    ['/secret_key', ['twilio', undefined, { secretKey: ' ' }]],
    ['/secret_key', ['svix', undefined, {}]],
    ['/secret_key', ['gitlab_signing', undefined, {}]],
    ['/public_key', ['discord', undefined, {}]],
    ['/secret_key', ['telegram', undefined, { secretKey: '' }]],
    ['/secret_key', ['telegram', undefined, { secretKey: 'with.dots.in.it.and.long' }]],
    ['/secret_key', ['telegram', undefined, { secretKey: 'a'.repeat(257) }]],
    ['/secret_key', ['gitlab', undefined, { secretKey: ` ${'x'.repeat(20)}` }]],
    ['/secret_key', ['stripe', undefined, { secretKey: 'whsec_test_secret ' }]],
    ['/secret_key', ['slack', undefined, { secretKey: ` ${'x'.repeat(32)}` }]],
    ['/secret_key', ['shopify', undefined, { secretKey: `${'x'.repeat(32)}\u00a0` }]],
    ['/secret_key', ['twilio', undefined, { secretKey: `${'x'.repeat(32)} ` }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: base64(23) }]],
    ['/secret_key', ['svix', undefined, { secretKey: base64(23) }]],
    ['/secret_key', ['svix', undefined, { secretKey: base64(76) }]],
    ['/secret_key', ['gitlab_signing', undefined, { secretKey: base64(23) }]],
    ['/secret_key', ['github', undefined, { secretKey: `whsk_${base64(64)}` }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: base64(65) }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: base64(32).slice(0, -1) }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: `whsec_${base64(24)}!` }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: 'plain text, long enough' }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: `whsk_${base64(64)}` }]],
    ['/secret_key', ['standard_webhooks', undefined, { secretKey: `whpk_${base64(32)}` }]],
    ['/public_key', ['standard_webhooks', undefined, { publicKey: `whsec_${base64(32)}` }]],
    ['/secret_key', ['discord', undefined, { secretKey: 'x'.repeat(32), publicKey }]],
    ['/public_key', ['discord', undefined, { publicKey: '' }]],
    ['/public_key', ['discord', undefined, { publicKey: publicKey.slice(2) }]],
    ['/public_key', ['discord', undefined, { publicKey: `${publicKey}00` }]],
    ['/public_key', ['discord', undefined, { publicKey: `zz${publicKey.slice(2)}` }]],
    ['/public_key', ['discord', undefined, { publicKey: '00'.repeat(32) }]],
    ['/public_key', ['discord', undefined, { publicKey: weakKey }]],
    ['/public_key', ['discord', undefined, { publicKey: `01${'00'.repeat(30)}80` }]],
    ['/public_key', ['discord', undefined, { publicKey: noPoint }]],
    ['/public_key', ['svix', undefined, { publicKey: `whpk_${hexAsBase64(noPoint)}` }]],
    ['/public_key', ['custom', ed25519, { publicKey: beyondTheField }]],
    ['/secret_key', ['custom', hmac({ secret_encoding: 'hex' }), { secretKey: 'abc' }]],
    ['/secret_key', ['custom', hmac({ secret_encoding: 'hex' }), { secretKey: 'zz'.repeat(16) }]],
    ['/secret_key', ['custom', hmac({ secret_encoding: 'hex' }), { secretKey: 'ab'.repeat(15) }]],
    ['/secret_key', ['custom', hmac({ secret_encoding: 'base64' }), { secretKey: 'x'.repeat(33) }]],
    ['/secret_key', ['custom', hmac({ secret_encoding: 'base64' }), { secretKey: base64(15) }]],
    ['/secret_key', ['custom', hmac(), { secretKey: '10 bytes..' }]],
    ['/secret_key', ['custom', hmac(), { secretKey: ' '.repeat(20) }]],
    ['/secret_key', ['custom', hmac({ secret_prefix: 'k_' }), { secretKey: `k_${' '.repeat(20)}` }]],
    ['/secret_key', ['custom', hmac({ secret_encoding: 'hex' }), { secretKey: '20'.repeat(20) }]],
    ['/secret_key', ['custom', token, { secretKey: `${'x'.repeat(20)} ` }]],
    ['/secret_key', ['custom', basic, { secretKey: 'a password without a user' }]],
    ['/secret_key', ['custom', none, { secretKey: 'a secret for nothing at all' }]],
    ['/public_key', ['custom', ed25519, {}]],
    ['/public_key', ['custom', hmac(), { publicKey }]],
  ];
  for (const [pointer, one] of bad) it(name(one), () => expect(pointers(one)).to.deep.equal([pointer]));

  it('told again in a problem', () => {
    const given = { secretKey: 'PLANTED', publicKey: 'PLANTED' };
    for (const source of sourceServices)
      expect(JSON.stringify(secretProblems(source, hmac(), given))).to.not.include('PLANTED');
  });
});

describe('a public key of small order', () => {
  // y of order 1, 2, 4 and 8, including non-canonical encodings; the last bit is the sign of x.
  for (const hex of [
    `00${'00'.repeat(30)}00`,
    `01${'00'.repeat(30)}00`,
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  ])
    it(`is refused, whatever the sign bit: ${hex.slice(0, 8)}…${hex.slice(-2)}`, () => {
      const key = Buffer.from(hex, 'hex');
      for (const sign of [0, 0x80]) {
        key[31] = Number(key[31]) | sign;
        const text = key.toString('hex');
        expect(pointers(['discord', undefined, { publicKey: text }]), text).to.deep.equal(['/public_key']);
        expect(ed25519Key(text), text).to.equal(undefined);
      }
    });
});

describe('what a secret must be', () => {
  it('is read from a scheme that is wrong elsewhere', () => {
    const wrong = { template: '{nonce}', surplus: 1 };
    const rules = { secret_encoding: 'hex', secret_prefix: 'k_' };
    expect(schemeOfSecret({ kind: 'hmac', ...rules, ...wrong })).to.include({
      kind: 'hmac',
      secretEncoding: 'hex',
      secretPrefix: 'k_',
    });
    for (const kind of ['ed25519', 'token', 'basic', 'bearer', 'none'])
      expect(schemeOfSecret({ kind, ...wrong }), kind).to.include({ kind });
  });

  it('is unknown where the scheme does not say even that', () => {
    for (const scheme of ['hmac', undefined, {}, { kind: 'jwt' }, { kind: 'hmac', secret_encoding: 'x' }])
      expect(schemeOfSecret(scheme), JSON.stringify(scheme)).to.equal(undefined);
  });
});

describe('a generated secret', () => {
  const random = Uint8Array.from({ length: 32 }, (_, i) => i * 8);
  const choosing: readonly Case[] = [
    ...sourceServices.map((source): Case => [source, undefined, {}]),
    ...[
      hmac(),
      hmac({ secret_encoding: 'hex' }),
      hmac({ secret_encoding: 'base64', secret_prefix: 'k_' }),
      token,
      basic,
      aScheme({ kind: 'bearer' }),
    ].map((custom): Case => ['custom', custom, {}]),
  ].filter(([source, custom]) => receiverChoosesSecret(source, custom));

  it('is made for those who let the receiver choose it', () => {
    expect(choosing.map(([source]) => source)).to.include.members(['github', 'telegram', 'gitlab', 'custom']);
    expect(receiverChoosesSecret('stripe', undefined)).to.equal(false);
    expect(receiverChoosesSecret('custom', none)).to.equal(false);
    expect(receiverChoosesSecret('custom', ed25519)).to.equal(false);
  });

  for (const one of choosing)
    it(`keeps to the rules for ${one[0]} ${JSON.stringify(one[1]?.kind ?? '')}`, () => {
      const secretKey = newSecret(one[0], one[1], random);
      expect(pointers([one[0], one[1], { secretKey }])).to.deep.equal([]);
      expect(secretKey.length).to.be.at.least(43);
    });
});
