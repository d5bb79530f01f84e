import { errors } from 'undici';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import { errorCode } from '../system/error-code.ts';
import { OUTBOUND_REFUSED, type OutboundGuard } from '../security/outbound-policy.ts';
import { READABLE_CODINGS, textOf, type UnpackLimits } from './answer-text.ts';
import { CALLER_GONE, exchange, NO_ROOM, OUT_OF_TIME, type Incoming, type Outgoing } from './exchange.ts';
import { CONNECT_TIMEOUT, guardedPool } from './guarded-pool.ts';
import {
  notUnderstood,
  requestRejected,
  retryAfterMs,
  tooLarge,
  unavailable,
  type HttpAnswer,
} from './http-answer.ts';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute. A query that carries a key goes into `query`. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: JsonObject;
  /** Sent as it is, in place of `json`; what it is, `headers` say. */
  readonly body?: string;
  /** Called when the request goes out on a connection: without it nothing can have reached the provider. */
  readonly onSending?: () => void;
  /** Asked for each piece of the answer, as it comes and as it is unpacked; false ends the request. */
  readonly mayHold?: (bytes: number) => boolean;
};

export type ProviderHttp = {
  /**
   * One request, one try. Right is any complete answer, whatever its status; left is everything that kept it
   * from being complete within `access.timeoutMs` and the size limit. Redirects are answers.
   */
  readonly send: (access: ProviderAccess, request: HttpRequest) => AsyncResult<ProviderError, HttpAnswer>;
  /** Closes idle and busy sockets. */
  readonly close: () => void;
};

type Deps = {
  readonly guard: OutboundGuard;
  readonly clock: Clock;
  /** Of this service, for User-Agent. */
  readonly version: string;
  readonly connectTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
};

const CONNECT_TIMEOUT_MS = 3_000;
/**
 * Before and after decompression. The largest honest answer, 50 Yandex objects, is about 150 kB; JSON takes many
 * times its size when it is parsed.
 */
const MAX_ANSWER_BYTES = 512 * 1024;

export const providerHttp = (deps: Deps): ProviderHttp => {
  const { guard, clock, maxAnswerBytes = MAX_ANSWER_BYTES } = deps;
  const pool = guardedPool({
    guard,
    maxAnswerBytes,
    connectTimeoutMs: deps.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  });
  const always = {
    Accept: 'application/json',
    'Accept-Encoding': READABLE_CODINGS,
    'User-Agent': `integration-service/${deps.version}`,
  };

  return {
    send: async (access, request) => {
      const { signal, timeoutMs } = access;
      if (signal.aborted) return left(unsent(callerGone));
      let wasSent = false;
      const onSending = (): void => {
        wasSent = true;
        request.onSending?.();
      };
      try {
        const outgoing = outgoingOf(always, access, request);
        const { mayHold } = request;
        const incoming = await exchange(pool, outgoing, { signal, timeoutMs, onSending, mayHold });
        return right(await answerOf(incoming, { maxBytes: maxAnswerBytes, mayHold }, clock.now()));
      } catch (error) {
        const failure = transportFailure(error, access);
        return left(wasSent ? failure : unsent(failure));
      }
    },
    close: () => void pool.destroy(),
  };
};

const outgoingOf = (
  always: Readonly<Record<string, string>>,
  access: ProviderAccess,
  { method, url, query, headers, json, body }: HttpRequest,
): Outgoing => {
  const { origin, pathname, search } = httpUrl(url);
  return {
    origin,
    path: query === undefined ? `${pathname}${search}` : `${pathname}?${encoded(query)}`,
    method,
    headers: {
      ...always,
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(access.traceparent === undefined ? {} : { traceparent: access.traceparent }),
      ...headers,
    },
    body: body ?? (json === undefined ? null : JSON.stringify(json)),
  };
};

const NOT_A_URL = 'ERR_INVALID_URL';

const httpUrl = (text: string): URL => {
  const url = new URL(text);
  if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  throw Object.assign(new Error('only http and https'), { code: NOT_A_URL });
};

/** Half a surrogate pair, which encodeURIComponent throws on, becomes U+FFFD. */
const encoded = (query: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(query)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`],
    )
    .join('&');

const answerOf = async (
  { status, headers, bytes }: Incoming,
  limits: UnpackLimits,
  now: number,
): Promise<HttpAnswer> => ({
  status,
  contentType: firstOf(headers['content-type'])?.split(';', 1)[0]?.trim().toLowerCase() ?? '',
  retryAfterMs: retryAfterMs(firstOf(headers['retry-after']), now),
  text: await textOf(bytes, firstOf(headers['content-encoding']), limits),
});

/** Of a header that came more than once. */
const firstOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'object' ? header[0] : header;

const callerGone: ProviderError = {
  kind: 'provider-timeout',
  message: 'the whole request was over, out of time or its caller gone, before the provider answered',
};

const unsent = (failure: ProviderError): ProviderError =>
  failure.kind === 'provider-timeout' ? { ...failure, isUnsent: true } : failure;

/** It says nothing about the provider. */
const noRoom: ProviderError = {
  kind: 'breaker-open',
  retryAfterMs: 1_000,
  message:
    'large answers that are under way fill the memory there is for them; ask again in a moment, or for less at a time',
};

const CODE = /^[A-Z][A-Z0-9_]{2,40}$/;
const TOO_LARGE: ReadonlySet<string> = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE']);
/** zlib and the HTTP parser: bytes arrived, and they are not what they claim to be. */
const GARBLED = /^(Z_|HPE_|UND_ERR_HEADERS_OVERFLOW|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/;

/** The one place where socket errors become ours. Only codes are passed on: messages and URLs may hold a key. */
const transportFailure = (error: unknown, access: ProviderAccess): ProviderError => {
  const code = codeOf(error);
  if (code === undefined) throw error;
  switch (code) {
    case OUT_OF_TIME:
      return {
        kind: 'provider-timeout',
        message: `no complete answer within ${Math.ceil(access.timeoutMs)} ms`,
      };
    case CALLER_GONE:
      return callerGone;
    case NO_ROOM:
      return noRoom;
    case CONNECT_TIMEOUT:
      return { kind: 'provider-timeout', message: 'no connection in time' };
    case OUTBOUND_REFUSED:
      return unavailable('the address of the provider is one this service does not call');
    case NOT_A_URL:
      return unavailable('the base URL is not a URL');
    case 'UND_ERR_INVALID_ARG':
      return requestRejected('the request holds characters that no header may hold');
  }
  if (TOO_LARGE.has(code)) return tooLarge('the answer is larger than any this provider should give');
  if (GARBLED.test(code)) return notUnderstood(`the answer could not be read (${code})`);
  return unavailable(`the provider could not be reached or broke off (${code})`);
};

const codeOf = (error: unknown): string | undefined => {
  // undici 8.12 gives it a code only in name; an answer cut short behind "Connection: close" comes this way, too.
  if (error instanceof errors.HTTPParserError)
    return error.message.includes('Invalid EOF state') ? 'UND_ERR_SOCKET' : 'HPE_INVALID';
  const code = errorCode(error);
  return code !== undefined && CODE.test(code) ? code : undefined;
};
