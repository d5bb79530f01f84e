import { expect } from 'chai';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { parseServiceAccountKey } from '../../../../src/domain/spreadsheet/service-account-key.ts';
import { answered, refused } from '../../../support/provider-access.ts';
import {
  accountKeys,
  ACCOUNT_EMAIL,
  ACCOUNT_PROJECT,
  aServiceAccountKey,
  privatePem,
} from '../../../support/service-account.ts';

const pointers = (text: string, tokenUrl?: string): readonly string[] =>
  refused(parseServiceAccountKey(text, tokenUrl)).map(({ pointer }) => pointer);
const ecPem = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
const lockedPem = (): string =>
  accountKeys()
    .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
/** Not a real key, which would take seconds to generate: only the same length. */
const madeUpPem = (bits: number, e = 'AQAB'): string => {
  const number = (bytes: number): string => Buffer.alloc(bytes, 0xff).toString('base64url');
  const [d, half] = [number(bits / 8), number(Math.ceil(bits / 16))];
  const key = {
    kty: 'RSA',
    n: number(bits / 8),
    e,
    d,
    p: half,
    q: half,
    dp: half,
    dq: half,
    qi: half,
  };
  return createPrivateKey({ format: 'jwk', key }).export({ type: 'pkcs8', format: 'pem' }).toString();
};
/** With 4,096 bits each signature takes a second and a half. */
const longExponent = Buffer.alloc(30_000, 0xff).toString('base64url');

const numberIn = (base64url = ''): bigint =>
  BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex')}`);
const inBase64url = (value: bigint): string => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
};
/** Undefined if the two have a common divisor. */
const inverseOf = (value: bigint, modulus: bigint): bigint | undefined => {
  let [rest, next, found, then] = [modulus, value % modulus, 0n, 1n];
  while (next > 0n) {
    const times = rest / next;
    [rest, next, found, then] = [next, rest - times * next, then, found - times * then];
  }
  return rest === 1n ? (found + modulus) % modulus : undefined;
};
/** A real key, with the first public exponent from `from` on that its primes permit. */
const pemWithExponent = (from: bigint, step: bigint): string => {
  const jwk = accountKeys().privateKey.export({ format: 'jwk' });
  const [p, q] = [numberIn(jwk.p) - 1n, numberIn(jwk.q) - 1n];
  let [e, d] = [from, inverseOf(from, p * q)];
  for (; d === undefined; d = inverseOf(e, p * q)) e += step;
  const numbers = { e: inBase64url(e), d: inBase64url(d), dp: inBase64url(d % p), dq: inBase64url(d % q) };
  const privateKey = createPrivateKey({ format: 'jwk', key: { ...jwk, ...numbers } });
  return privatePem({ privateKey });
};

describe('service-account key', () => {
  it('is what a key file of Google Cloud says', () => {
    expect(answered(parseServiceAccountKey(aServiceAccountKey()))).to.deep.equal({
      clientEmail: ACCOUNT_EMAIL,
      projectId: ACCOUNT_PROJECT,
      privateKey: privatePem(accountKeys()),
    });
  });

  it('may be PKCS #1, and need not name a token host or a universe', () => {
    const pem = accountKeys().privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const key = aServiceAccountKey({ private_key: pem, token_uri: undefined, universe_domain: undefined });
    expect(answered(parseServiceAccountKey(key)).privateKey).to.equal(pem);
  });

  it('may follow a byte order mark, as Windows editors write it', () => {
    expect(answered(parseServiceAccountKey(`\ufeff${aServiceAccountKey()}`)).clientEmail).to.equal(
      ACCOUNT_EMAIL,
    );
    expect(pointers(`{\ufeff${aServiceAccountKey().slice(1)}`), 'one inside').to.deep.equal(['']);
  });

  it('need not name its project: the project is part of its address', () => {
    const projectOf = (client_email: string): string =>
      answered(parseServiceAccountKey(aServiceAccountKey({ project_id: undefined, client_email }))).projectId;
    expect(projectOf(ACCOUNT_EMAIL)).to.equal(ACCOUNT_PROJECT);
    expect(projectOf('gateway@tests.example.com')).to.equal('tests.example.com');
    expect(projectOf('gateway@p.iam.gserviceaccount.com.example.com')).to.equal(
      'p.iam.gserviceaccount.com.example.com',
    );
  });

  it('may have 4,096 bits', () => {
    const privateKey = madeUpPem(4_096);
    const key = parseServiceAccountKey(aServiceAccountKey({ private_key: privateKey }));
    expect(answered(key)).to.include({ privateKey });
  });

  it('may be old, and of a project of an organisation', () => {
    for (const token_uri of [
      'https://accounts.google.com/o/oauth2/token',
      'https://www.googleapis.com/oauth2/v4/token',
    ]) {
      const old = aServiceAccountKey({ token_uri, project_id: 'example.com:old' });
      expect(answered(parseServiceAccountKey(old)).projectId).to.equal('example.com:old');
    }
  });

  it('may name the token host that the service is configured for', () => {
    const here = 'http://127.0.0.1:9/token';
    answered(parseServiceAccountKey(aServiceAccountKey({ token_uri: here }), here));
    expect(pointers(aServiceAccountKey({ token_uri: here }))).to.deep.equal(['/token_uri']);
  });

  for (const text of ['', '{', '[]', 'null', '"text"', '7'])
    it(`is not ${JSON.stringify(text)}`, () => expect(pointers(text)).to.deep.equal(['']));

  for (const type of ['external_account', 'authorized_user', 'impersonated_service_account', undefined, 1])
    it(`is refused as a file of type ${type}, whatever else it contains`, () =>
      expect(pointers(aServiceAccountKey({ type, private_key: 1 }))).to.deep.equal(['/type']));

  const bad: readonly (readonly [string, string, unknown])[] = [
    ['/client_email', 'missing', undefined],
    ['/client_email', 'without a domain', 'gateway@project'],
    ['/client_email', 'two lines', 'a@b.c\nd@e.f'],
    ['/project_id', 'null', null],
    ['/project_id', 'with spaces', 'a project'],
    ['/private_key', 'missing', undefined],
    ['/private_key', 'no PEM', 'MIIEvQIBADANBgkqhkiG9w0BAQ'],
    ['/private_key', 'cut short', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n'],
    ['/private_key', 'with line ends written out', privatePem(accountKeys()).replaceAll('\n', '\\n')],
    ['/private_key', 'of another kind', ecPem()],
    ['/private_key', 'locked', lockedPem()],
    ['/private_key', 'longer than Google takes', madeUpPem(4_104)],
    ['/private_key', 'too short for a signature', madeUpPem(128)],
    ['/private_key', 'slow to sign with', madeUpPem(4_096, longExponent)],
    ['/token_uri', 'of another host', 'https://oauth2.googleapis.com.evil.test/token'],
    ['/token_uri', 'in the clear', 'http://oauth2.googleapis.com/token'],
    ['/token_uri', 'on another port', 'https://oauth2.googleapis.com:8443/token'],
    ['/token_uri', 'no URL', 'token'],
    ['/token_uri', 'null', null],
    ['/token_uri', 'a list of hosts', ['https://oauth2.googleapis.com/token']],
    ['/universe_domain', 'of another cloud', 'example.test'],
  ];
  for (const [pointer, words, value] of bad)
    it(`is refused with a ${pointer.slice(1)} that is ${words}`, () =>
      expect(pointers(aServiceAccountKey({ [pointer.slice(1)]: value }))).to.deep.equal([pointer]));

  for (const [words, bits, exponent] of [
    ['modulus', 17_600, 'AQAB'],
    ['exponent', 2_048, longExponent],
  ] as const)
    it(`is good also right after somebody's key with a long ${words}`, () => {
      const other = aServiceAccountKey({ private_key: madeUpPem(bits, exponent) });
      expect(pointers(other)).to.deep.equal(['/private_key']);
      answered(parseServiceAccountKey(aServiceAccountKey()));
    });

  it('has a public exponent of at most 256 bits, as FIPS 186-5 requires', () => {
    const keyWith = (from: bigint, step: bigint): string =>
      aServiceAccountKey({ private_key: pemWithExponent(from, step) });
    answered(parseServiceAccountKey(keyWith(2n ** 256n - 1n, -2n)));
    expect(pointers(keyWith(2n ** 256n + 1n, 2n))).to.deep.equal(['/private_key']);
  });

  it('is told of line ends that are written out, which other keys have not', () => {
    const detailOf = (private_key: string): string =>
      refused(parseServiceAccountKey(aServiceAccountKey({ private_key })))[0]?.detail ?? '';
    const twice = 'its line ends are escaped twice';
    expect(detailOf(privatePem(accountKeys()).replaceAll('\n', '\\n'))).to.contain(twice);
    expect(detailOf(ecPem())).to.not.contain(twice);
  });

  it('is told all that is wrong at once, and quoted nowhere', () => {
    const planted = { client_email: 'planted one', private_key: 'planted two', token_uri: 'planted three' };
    const problems = refused(parseServiceAccountKey(aServiceAccountKey(planted)));
    expect(problems.map(({ pointer }) => pointer)).to.deep.equal([
      '/client_email',
      '/private_key',
      '/token_uri',
    ]);
    expect(JSON.stringify(problems)).to.not.contain('planted');
  });
});
