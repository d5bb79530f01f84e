import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { expect } from 'chai';
import { exportJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import type { CredentialRefused } from '../../../../src/domain/access/credential.ts';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import {
  joseAdministratorVerifier,
  type JwtSettings,
} from '../../../../src/infrastructure/security/jose-administrator-verifier.ts';
import { signAdministratorToken } from '../../../../src/infrastructure/security/jose-token-signer.ts';
import { failureOf } from '../../../support/command-fixture.ts';
import { NOON } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const SECRET = 'a secret of at least thirty-two characters';
const now = Math.floor(NOON / 1000);
const base: JWTPayload = {
  sub: 'admin@example.test',
  iss: 'the-issuer',
  aud: 'the-audience',
  exp: now + 3_600,
  tenants: ['uk_company_1', 'uk_company_2'],
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

type Signing = { readonly alg?: string; readonly key?: Uint8Array | KeyObject; readonly header?: object };
const token = (
  claims: JWTPayload = base,
  { alg = 'HS256', key = bytes(SECRET), header = {} }: Signing = {},
) => new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(key);
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** With a header or a payload that no library would sign. */
const handSigned = (header: object, payload = JSON.stringify(base)): string => {
  const text = `${encoded(header)}.${Buffer.from(payload).toString('base64url')}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
};
const without = (...names: readonly string[]): JWTPayload =>
  Object.fromEntries(Object.entries(base).filter(([name]) => !names.includes(name)));

const bySecret: JwtSettings = { keys: { secret: SECRET }, issuer: 'the-issuer', audience: 'the-audience' };
const verifierAt = (settings: JwtSettings = bySecret) => {
  const clock = fixedClock(NOON);
  const told: string[] = [];
  const verifier = joseAdministratorVerifier(settings, clock, {
    unavailable: (error) => told.push(error instanceof Error ? error.message : 'no error'),
    available: () => told.push('available'),
  });
  const reason = async (jwt: string): Promise<CredentialRefused['reason']> =>
    (await failureOf(verifier.verify(jwt))).reason;
  return { clock, verify: verifier.verify, reason, told };
};

describe('administrators’ JWTs by a shared secret', () => {
  it('open the tenants of their claim, under the subject’s name', async () => {
    const result = await verifierAt().verify(await token());
    expect(result).to.have.deep.property('right', {
      kind: 'administrator',
      id: 'admin@example.test',
      tenants: ['uk_company_1', 'uk_company_2'],
      scopes: 'all',
    });
  });

  it('need no subject, which RFC 7519 leaves open: then nobody is named', async () => {
    const result = await verifierAt().verify(await token(without('sub')));
    expect(result).to.have.nested.property('right.id', 'administrator');
    expect(result).to.have.deep.nested.property('right.tenants', ['uk_company_1', 'uk_company_2']);
  });

  it('are what the token command signs', async () => {
    const grant = { subject: 'command-line', tenants: ['uk_company_1'], lifetimeSeconds: 60 };
    const { clock, verify, reason } = verifierAt();
    const signed = await signAdministratorToken(bySecret, grant, clock.now());
    expect(await verify(signed)).to.have.nested.property('right.id', 'command-line');
    clock.advance(66_000);
    expect(await reason(signed)).to.equal('expired');
  });

  const claimed: readonly (readonly [string, object, readonly string[]])[] = [
    ['one management_company_id', { management_company_id: 'uk_company_1' }, ['uk_company_1']],
    ['management_company_ids', { management_company_ids: ['a', 'b'] }, ['a', 'b']],
    [
      'several, of which the first counts',
      { management_company_ids: ['a'], management_company_id: 'b' },
      ['a'],
    ],
    ['null, which is none', { tenants: null, management_company_id: 'b' }, ['b']],
    ['an empty list before others', { tenants: [], management_company_id: 'b' }, []],
    ['none at all', {}, []],
    ['an empty list', { tenants: [] }, []],
    ['what is no tenant id', { tenants: ['*', 'all tenants', 7, null, ['x'], 'ok'] }, ['ok']],
    ['an object', { tenants: { uk_company_1: true } }, []],
  ];
  for (const [words, claim, tenants] of claimed)
    it(`open ${tenants.join(', ') || 'nothing'} when they claim ${words}`, async () => {
      const result = await verifierAt().verify(await token({ ...without('tenants'), ...claim }));
      expect(result).to.have.deep.nested.property('right.tenants', tenants);
    });

  const refusals: readonly (readonly [
    string,
    () => Promise<string> | string,
    CredentialRefused['reason'],
  ])[] = [
    ['has expired', () => token({ ...base, exp: now - 6 }), 'expired'],
    ['has no end', () => token(without('exp')), 'malformed'],
    [
      'ends at a number too large for any date',
      () => handSigned({ alg: 'HS256' }, JSON.stringify(base).replace(/"exp":\d+/, '"exp":1e400')),
      'malformed',
    ],
    ['has an empty subject', () => token({ ...base, sub: '' }), 'malformed'],
    ['has a subject that no row can hold', () => token({ ...base, sub: 'a\u0000b' }), 'malformed'],
    ['has a subject with half a character', () => token({ ...base, sub: '\ud800' }), 'malformed'],
    ['has an endless subject', () => token({ ...base, sub: 'x'.repeat(256) }), 'malformed'],
    ['is not valid yet', () => token({ ...base, nbf: now + 6 }), 'not-yet-valid'],
    ['is of another issuer', () => token({ ...base, iss: 'another' }), 'wrong-issuer'],
    ['names no issuer', () => token(without('iss')), 'wrong-issuer'],
    ['is for another audience', () => token({ ...base, aud: 'another' }), 'wrong-audience'],
    ['names no audience', () => token(without('aud')), 'wrong-audience'],
    ['is signed with another secret', () => token(base, { key: bytes(`${SECRET}!`) }), 'bad-signature'],
    ['is not signed', () => new UnsecuredJWT(base).encode(), 'bad-signature'],
    ['is signed by another HMAC', () => token(base, { alg: 'HS512' }), 'bad-signature'],
    ['demands what nobody understands', () => handSigned({ alg: 'HS256', crit: ['x'], x: 1 }), 'malformed'],
    ['has no algorithm', () => handSigned({}), 'malformed'],
    ['is no JWT', () => 'abc', 'malformed'],
    ['is nothing', () => '', 'malformed'],
    ['is three empty parts', () => '..', 'malformed'],
  ];
  for (const [words, make, reason] of refusals)
    it(`are refused when one ${words}`, async () => {
      expect(await verifierAt().reason(await make())).to.equal(reason);
    });

  it('are refused when alg is none, in any spelling', async () => {
    const [, claims, signature] = (await token()).split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const header = encoded({ alg, typ: 'JWT' });
      for (const end of ['', signature])
        expect(isRight(await verifierAt().verify(`${header}.${claims}.${end}`)), alg).to.equal(false);
    }
  });

  it('are refused after any change of claims or signature', async () => {
    const [header, claims, signature = ''] = (await token()).split('.');
    const others = encoded({ ...base, tenants: ['stolen'] });
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const forged of [
      `${header}.${others}.${signature}`,
      `${header}.${claims}.${flipped}`,
      `${header}.${claims}.`,
    ])
      expect(await verifierAt().reason(forged)).to.equal('bad-signature');
  });

  it('are refused when signed by a private key, though its public half were known', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await verifierAt().reason(await token(base, { alg: 'RS256', key: privateKey }))).to.equal(
      'bad-signature',
    );
  });

  it('forgive clocks that differ by five seconds, in both directions', async () => {
    const { verify } = verifierAt();
    expect(isRight(await verify(await token({ ...base, exp: now - 4 })))).to.equal(true);
    expect(isRight(await verify(await token({ ...base, nbf: now + 5 })))).to.equal(true);
  });

  it('are refused the moment they end, also when they were good before', async () => {
    const { verify, reason, clock } = verifierAt();
    const jwt = await token({ ...base, exp: now + 60 });
    for (const seconds of [0, 59, 4]) {
      clock.advance(seconds * 1000);
      expect(isRight(await verify(jwt))).to.equal(true);
    }
    clock.advance(2_000);
    expect(await reason(jwt)).to.equal('expired');
  });
});

describe('administrators’ JWTs by a JWKS', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let server: Server;
  let settings: JwtSettings;
  let answer: { status: number; body: string };
  let fetched: number;

  const jwksOf = async (...keys: readonly (readonly [string, KeyObject])[]): Promise<string> =>
    JSON.stringify({
      keys: await Promise.all(keys.map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid }))),
    });
  const signed = (kid: string, key: KeyObject, alg = 'RS256', claims = base) =>
    token(claims, { alg, key, header: { kid } });

  before((done) => {
    server = createServer((_request, response) => {
      fetched += 1;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      settings = { ...bySecret, keys: { jwksUrl: `http://127.0.0.1:${port}/jwks` } };
      done();
    });
  });
  beforeEach(async () => {
    fetched = 0;
    answer = { status: 200, body: await jwksOf(['r1', rsa.publicKey], ['e1', ec.publicKey]) };
  });
  after((done) => {
    server.closeAllConnections();
    server.close(done);
  });

  it('are good with RS256 and ES256, and the keys are fetched once', async () => {
    const { verify } = verifierAt(settings);
    expect(isRight(await verify(await signed('r1', rsa.privateKey)))).to.equal(true);
    expect(isRight(await verify(await signed('e1', ec.privateKey, 'ES256')))).to.equal(true);
    expect(fetched).to.equal(1);
  });

  it('are checked as strictly as others', async () => {
    const { reason } = verifierAt(settings);
    expect(await reason(await signed('r1', rsa.privateKey, 'RS256', { ...base, exp: now - 6 }))).to.equal(
      'expired',
    );
    expect(await reason(await signed('r1', rsa.privateKey, 'RS256', { ...base, aud: 'x' }))).to.equal(
      'wrong-audience',
    );
  });

  it('are refused when a stranger signed, under a known or an unknown key id', async () => {
    const { reason } = verifierAt(settings);
    expect(await reason(await signed('r1', stranger.privateKey))).to.equal('bad-signature');
    expect(await reason(await signed('unknown', stranger.privateKey))).to.equal('bad-signature');
  });

  it('are refused when the public key was taken for an HMAC secret', async () => {
    const { reason } = verifierAt(settings);
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    for (const secret of [String(pem), String(pem).trim(), JSON.stringify(await exportJWK(rsa.publicKey))])
      expect(await reason(await token(base, { key: bytes(secret), header: { kid: 'r1' } }))).to.equal(
        'bad-signature',
      );
  });

  it('name no key where the set has several that fit: each of them is tried', async () => {
    answer = { status: 200, body: await jwksOf(['r1', rsa.publicKey], ['r2', stranger.publicKey]) };
    const { verify, reason } = verifierAt(settings);
    const unnamed = (key: KeyObject, claims = base) => token(claims, { alg: 'RS256', key });
    expect(isRight(await verify(await unnamed(rsa.privateKey)))).to.equal(true);
    expect(isRight(await verify(await unnamed(stranger.privateKey)))).to.equal(true);
    expect(await reason(await unnamed(stranger.privateKey, { ...base, exp: now - 6 }))).to.equal('expired');
    const { privateKey: unknown } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await reason(await unnamed(unknown))).to.equal('bad-signature');
  });

  it('name no key where one that fits is too weak to be used: those behind it are tried', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    answer = { status: 200, body: await jwksOf(['old', weak.publicKey], ['r1', rsa.publicKey]) };
    const { verify, reason, told } = verifierAt(settings);
    const unnamed = (key: KeyObject) => token(base, { alg: 'RS256', key });
    expect(isRight(await verify(await unnamed(rsa.privateKey)))).to.equal(true);
    // Nobody can tell whether the weak key signed it, and the operator is told of the key.
    expect(await reason(await unnamed(stranger.privateKey))).to.equal('keys-unavailable');
    expect(told.at(0)).to.equal('available');
    expect(told.at(-1)).to.contain('2048');
  });

  it('are refused when they bring their own key along', async () => {
    const { reason } = verifierAt(settings);
    const header = { jwk: await exportJWK(stranger.publicKey), kid: 'r1' };
    expect(await reason(await token(base, { alg: 'RS256', key: stranger.privateKey, header }))).to.equal(
      'bad-signature',
    );
  });

  it('are refused when they are not signed, or by another algorithm of the same key', async () => {
    const { reason } = verifierAt(settings);
    expect(await reason(new UnsecuredJWT(base).encode())).to.equal('bad-signature');
    expect(await reason(await signed('r1', rsa.privateKey, 'PS256'))).to.equal('bad-signature');
  });

  const outages: readonly (readonly [string, { status: number; body: string }])[] = [
    ['says 500', { status: 500, body: '{}' }],
    ['redirects', { status: 302, body: '' }],
    ['answers HTML', { status: 200, body: '<html>' }],
    ['answers other JSON', { status: 200, body: '{"keys": 7}' }],
  ];
  for (const [words, given] of outages)
    it(`cannot be judged while the address ${words}, and can be later`, async () => {
      const good = answer;
      answer = given;
      const { reason, verify, told, clock } = verifierAt(settings);
      const jwt = await signed('r1', rsa.privateKey);
      expect(await reason(jwt)).to.equal('keys-unavailable');
      answer = good;
      clock.advance(1_000);
      expect(isRight(await verify(jwt))).to.equal(true);
      expect(told).to.have.length(2);
      expect(told[1]).to.equal('available');
    });

  it('have an address that fails asked once a second, however many of them strangers send', async () => {
    const good = answer;
    answer = { status: 503, body: '{}' };
    const { reason, verify, clock } = verifierAt(settings);
    for (let n = 0; n < 20; n += 1)
      expect(await reason(await signed(`guess-${n}`, stranger.privateKey))).to.equal('keys-unavailable');
    expect(fetched).to.equal(1);
    clock.advance(1_000);
    answer = good;
    expect(isRight(await verify(await signed('r1', rsa.privateKey)))).to.equal(true);
    expect(fetched).to.equal(2);
  });

  it('are good by keys that are known, while strangers name others and the address fails', async () => {
    mock.timers.enable({ apis: ['Date'], now: NOON });
    try {
      const { verify, reason, clock, told } = verifierAt(settings);
      expect(isRight(await verify(await signed('r1', rsa.privateKey)))).to.equal(true);
      const good = answer;
      answer = { status: 503, body: '{}' };
      clock.advance(60_000);
      mock.timers.tick(60_000);
      for (let n = 0; n < 20; n += 1)
        expect(await reason(await signed(`guess-${n}`, stranger.privateKey))).to.equal('keys-unavailable');
      const unasked = await signed('e1', ec.privateKey, 'ES256');
      expect(isRight(await verify(unasked))).to.equal(true);
      expect(fetched).to.equal(2);
      // The keys are not reported as available again as long as none came from there.
      expect(told.at(-1)).to.not.equal('available');
      answer = good;
      clock.advance(1_000);
      expect(await reason(await signed('guess', stranger.privateKey))).to.equal('bad-signature');
      clock.advance(5 * 60_000);
      expect(isRight(await verify(unasked))).to.equal(true);
      expect(told.at(-1)).to.equal('available');
    } finally {
      mock.timers.reset();
    }
  });

  it('cannot be judged while nobody listens there', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => nobody.once('listening', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const { reason, told } = verifierAt({ ...settings, keys: { jwksUrl: `http://127.0.0.1:${port}/` } });
    expect(await reason(await signed('r1', rsa.privateKey))).to.equal('keys-unavailable');
    // The operator, whom nobody else informs, learns the reason.
    expect(told).to.have.length(1);
    expect(told[0]).to.contain(`ECONNREFUSED 127.0.0.1:${port}`);
  });

  it('are good by a new key, and no longer by one that was taken out', async () => {
    mock.timers.enable({ apis: ['Date'], now: NOON });
    try {
      const { verify, reason, clock } = verifierAt(settings);
      const pass = (milliseconds: number): void => {
        clock.advance(milliseconds);
        mock.timers.tick(milliseconds);
      };
      const old = await signed('r1', rsa.privateKey);
      expect(isRight(await verify(old))).to.equal(true);
      answer = { status: 200, body: await jwksOf(['r2', stranger.publicKey]) };
      const renewed = await signed('r2', stranger.privateKey);
      pass(31_000);
      expect(isRight(await verify(renewed))).to.equal(true);
      pass(5 * 60_000);
      expect(await reason(old)).to.equal('bad-signature');
    } finally {
      mock.timers.reset();
    }
  });
});

describe('the signer of administrators’ tokens', () => {
  it('does not sign for an identity provider', async () => {
    const grant = { subject: 'x', tenants: [], lifetimeSeconds: 60 };
    const failure = await signAdministratorToken(
      { ...bySecret, keys: { jwksUrl: 'https://idp.test/jwks' } },
      grant,
      NOON,
    ).catch((error: unknown) => error);
    expect(String(failure)).to.match(/identity provider/);
  });
});
