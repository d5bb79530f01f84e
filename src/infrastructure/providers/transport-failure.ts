import { errors } from 'undici';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { OUTBOUND_REFUSED } from '../security/outbound-policy.ts';
import { errorCode } from '../system/error-code.ts';
import { CALLER_GONE, NO_ROOM, OUT_OF_TIME } from './exchange.ts';
import { CONNECT_TIMEOUT } from './guarded-pool.ts';
import { notUnderstood, requestRejected, tooLarge, unavailable } from './http-answer.ts';

/** Error code of `new URL`. */
export const NOT_A_URL = 'ERR_INVALID_URL';

export const callerGone: ProviderError = {
  kind: 'provider-timeout',
  message: 'the whole request was over, out of time or its caller gone, before the provider answered',
};

/**
 * Our memory is full, which says nothing about the provider: an open breaker is the kind of error that counts against
 * nobody.
 */
const noRoom: ProviderError = {
  kind: 'breaker-open',
  retryAfterMs: 1_000,
  message:
    'large answers in progress use up the memory for them; ask again in a moment, or for less at a time',
};

/** A time-out before the request was sent on a connection: nothing of it can have reached the provider. */
export const unsent = (failure: ProviderError): ProviderError =>
  failure.kind === 'provider-timeout' ? { ...failure, isUnsent: true } : failure;

type Meaning = (access: ProviderAccess) => ProviderError;

/** Codes of ours, of Node and of undici whose meaning is known individually. */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  [
    OUT_OF_TIME,
    ({ timeoutMs }) => ({
      kind: 'provider-timeout',
      message: `no complete answer within ${Math.ceil(timeoutMs)} ms`,
    }),
  ],
  [CALLER_GONE, () => callerGone],
  [NO_ROOM, () => noRoom],
  [CONNECT_TIMEOUT, () => ({ kind: 'provider-timeout', message: 'no connection in time' })],
  [OUTBOUND_REFUSED, () => unavailable('the address of the provider is not one that this service may call')],
  [NOT_A_URL, () => unavailable('the base URL is not a URL')],
  ['UND_ERR_INVALID_ARG', () => requestRejected('the request holds characters that no header may hold')],
]);

const TOO_LARGE: ReadonlySet<string> = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE']);
/** Errors of zlib and of the HTTP parser: bytes arrived, but are not what they claim to be. */
const GARBLED = /^(Z_|HPE_|UND_ERR_HEADERS_OVERFLOW|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/;

/**
 * The only place where socket errors are translated into ours; an error without a code is a bug, and rethrown. Only
 * codes are passed on, since messages and URLs may contain a key.
 */
export const transportFailure = (error: unknown, access: ProviderAccess): ProviderError => {
  const code = codeOf(error);
  if (code === undefined) throw error;
  const meaning = meanings.get(code);
  if (meaning !== undefined) return meaning(access);
  if (TOO_LARGE.has(code)) return tooLarge('the answer is larger than any this provider should give');
  if (GARBLED.test(code)) return notUnderstood(`the answer could not be read (${code})`);
  return unavailable(`the provider could not be reached or broke off (${code})`);
};

/**
 * In capitals. TLS codes are derived from texts of OpenSSL, such as ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE or
 * ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, with whatever punctuation those contain.
 */
const CODE = /^[A-Z][A-Z0-9_/().-]{2,100}$/;

const codeOf = (error: unknown): string | undefined => {
  // undici 8.12 puts the code of a parser error only into its name. One of them means not garbage but an answer cut
  // short that was to end with the connection ("Connection: close"): the connection broke.
  if (error instanceof errors.HTTPParserError)
    return error.message.includes('Invalid EOF state') ? 'UND_ERR_SOCKET' : 'HPE_INVALID';
  const code = errorCode(error);
  return code !== undefined && CODE.test(code) ? code : undefined;
};
