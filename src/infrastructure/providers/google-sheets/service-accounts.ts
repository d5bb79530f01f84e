import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { SpreadsheetAccount } from '../../../domain/provider/spreadsheet.ts';
import { left, map, mapLeft, pipe, type Either } from '../../../domain/shared/fp.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import {
  GOOGLE_TOKEN_URL,
  parseServiceAccountKey,
  type ServiceAccountKey,
} from '../../../domain/spreadsheet/service-account-key.ts';
import { credentialsRejected } from '../http-answer.ts';
import { configuredUrl } from '../provider-text.ts';

export const GOOGLE_SHEETS_URL = 'https://sheets.googleapis.com';

/** The account for which tokens are requested, and where. */
export type Account = { readonly key: ServiceAccountKey; readonly tokenUrl: string };

/** The key file from this service's own environment, and the tenant it belongs to. */
export type DefaultCredentials = { readonly tenantId: TenantId; readonly credentials: string };

/** Loading a private key costs more than the rest of preparing a call; an entry is a few kilobytes. */
const parsed = new LRUCache<string, Either<ProviderError, ServiceAccountKey>>({ max: 500 });

const keyOf = (
  credentials: string | undefined,
  tokenUrl: string,
): Either<ProviderError, ServiceAccountKey> => {
  if (credentials === undefined)
    return left(credentialsRejected('the service has no credentials: a service-account key is needed'));
  // By hash, since keys of a cache are no place for a secret.
  const hash = createHash('sha256').update(`${tokenUrl}\n${credentials}`).digest('base64');
  const known = parsed.get(hash) ?? checked(credentials, tokenUrl);
  parsed.set(hash, known);
  return known;
};

const checked = (credentials: string, tokenUrl: string): Either<ProviderError, ServiceAccountKey> =>
  mapLeft((problems: readonly { readonly pointer: string; readonly detail: string }[]) =>
    credentialsRejected(
      `the credentials are no usable service-account key: ${problems
        .map(({ pointer, detail }) => `${pointer === '' ? 'credentials' : pointer.slice(1)}: ${detail}`)
        .join('; ')}`,
    ),
  )(parseServiceAccountKey(credentials, tokenUrl));

/** The account of a service's credentials; `credentials-rejected` says what is wrong with them. */
export const accountOf = (
  credentials: string | undefined,
  tokenUrl: string = GOOGLE_TOKEN_URL,
): Either<ProviderError, SpreadsheetAccount> =>
  pipe(
    keyOf(credentials, tokenUrl),
    map(({ clientEmail, projectId }) => ({ clientEmail, projectId })),
  );

/** The account of an access, with its own credentials or those of the environment. */
export const accountFor = (access: ProviderAccess): Either<ProviderError, Account> => {
  const tokenUrl = tokenUrlOf(access);
  return pipe(
    keyOf(access.credentials, tokenUrl),
    map((key) => ({ key, tokenUrl })),
  );
};

export const tokenUrlOf = ({ config }: Pick<ProviderAccess, 'config'>): string =>
  configuredUrl(config, 'token_url', GOOGLE_TOKEN_URL);

/**
 * A service without credentials falls back to the environment's key, but only for the tenant that owns it and only at
 * Google's own URLs: another tenant would read what is shared with that account, and another server would receive its
 * tokens.
 */
export const withDefaultCredentials = <
  A extends Pick<ProviderAccess, 'tenantId' | 'baseUrl' | 'credentials' | 'config'>,
>(
  access: A,
  standard: DefaultCredentials | undefined,
): A =>
  access.credentials === undefined &&
  standard?.tenantId === access.tenantId &&
  isGoogles(access.baseUrl) &&
  tokenUrlOf(access) === GOOGLE_TOKEN_URL
    ? { ...access, credentials: standard.credentials }
    : access;

/** Omitted, or spelt out as in Google's documentation. */
const isGoogles = (baseUrl: string | undefined): boolean =>
  baseUrl === undefined || URL.parse(baseUrl)?.origin === GOOGLE_SHEETS_URL;

/** Equal for services that use the same account in the same way: they share its token, and a new key shares nothing. */
export const accountHash = ({ key, tokenUrl }: Account): string =>
  createHash('sha256').update(`${tokenUrl}\n${key.clientEmail}\n${key.privateKey}`).digest('base64');
