import { verify } from 'node:crypto';

import { parseJson } from '../routes-request.ts';
import { isRecord, type Call } from '../stand-in.ts';
import type { Account, Accounts } from './accounts.ts';

export type GrantError = {
  readonly error: string;
  readonly error_description: string;
};
export type Grant = { readonly account: Account; readonly scopes: readonly string[] };

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const audiences = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];
const scopeBase = 'https://www.googleapis.com/auth/';
const knownScopes = ['spreadsheets', 'spreadsheets.readonly', 'drive', 'drive.file', 'drive.readonly'];
const longestSeconds = 3_600;
/** How far the caller's clock may be ahead. */
const toleranceSeconds = 300;

const refused = (description: string, error = 'invalid_grant'): GrantError => ({
  error,
  error_description: description,
});

const notShortLived = refused(
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
);

type Assertion = {
  readonly signed: string;
  readonly signature: Buffer;
  readonly algorithm: unknown;
  readonly claims: Readonly<Record<string, unknown>>;
};

const decoded = (part: string): unknown => parseJson(Buffer.from(part, 'base64url').toString('utf8'));

const readAssertion = (assertion: string): Assertion | undefined => {
  const [head = '', claims = '', signature = '', ...more] = assertion.split('.');
  const [header, content] = [decoded(head), decoded(claims)];
  if (more.length > 0 || !isRecord(header) || !isRecord(content)) return undefined;
  return {
    signed: `${head}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
    algorithm: header['alg'],
    claims: content,
  };
};

const isSigned = ({ signed, signature, algorithm }: Assertion, { publicKey }: Account): boolean =>
  algorithm === 'RS256' && verify('RSA-SHA256', Buffer.from(signed), publicKey, signature);

const isTimely = ({ iat, exp }: Readonly<Record<string, unknown>>, nowSeconds: number): boolean =>
  typeof iat === 'number' &&
  typeof exp === 'number' &&
  iat <= nowSeconds + toleranceSeconds &&
  exp > nowSeconds &&
  exp > iat &&
  exp - iat <= longestSeconds;

const readScopes = (scope: unknown): readonly string[] | undefined => {
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : [];
  const known = scopes.every((word) => knownScopes.some((name) => word === scopeBase + name));
  return known && scopes.length > 0 ? scopes.map((word) => word.slice(scopeBase.length)) : undefined;
};

/** The service-account grant of RFC 7523 as Google requires it; `now` in milliseconds. */
export const readGrant = ({ headers, body }: Call, accounts: Accounts, now: number): Grant | GrantError => {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = new URLSearchParams(isForm ? body : '');
  if (form.get('grant_type') !== grantType) {
    return refused(`Invalid grant_type: ${form.get('grant_type') ?? ''}`, 'unsupported_grant_type');
  }
  const assertion = readAssertion(form.get('assertion') ?? '');
  if (!assertion) return refused('Invalid JWT: Failed to parse.');
  const { claims } = assertion;
  const account = typeof claims['iss'] === 'string' ? accounts.find(claims['iss']) : undefined;
  if (!account || account.deleted) return refused('Invalid grant: account not found');
  if (!isSigned(assertion, account)) return refused('Invalid JWT Signature.');
  if (!isTimely(claims, now / 1_000)) return notShortLived;
  if (!audiences.some((audience) => audience === claims['aud'])) {
    return refused('Invalid JWT: Failed audience check.');
  }
  const scopes = readScopes(claims['scope']);
  if (!scopes) return refused('Invalid OAuth scope or ID token audience provided.', 'invalid_scope');
  return { account, scopes };
};
