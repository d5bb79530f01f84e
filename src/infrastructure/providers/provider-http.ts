import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import type { OutboundGuard } from '../security/outbound-policy.ts';
import { errorCode } from '../system/error-code.ts';
import { READABLE_CODINGS, textOf, type UnpackLimits } from './answer-text.ts';
import { exchange, NO_ROOM, type Incoming, type Outgoing } from './exchange.ts';
import { guardedPool } from './guarded-pool.ts';
import { retryAfterMs, type HttpAnswer } from './http-answer.ts';
import { callerGone, NOT_A_URL, transportFailure, unsent } from './transport-failure.ts';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute. A query that contains a key must be passed as `query`. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: JsonObject;
  /** Sent unchanged, instead of `json`; its type is stated in `headers`. */
  readonly body?: string;
  /** Called when the request is sent on a connection: before that, nothing can have reached the provider. */
  readonly onSending?: () => void;
  /** Asked for each piece of the answer, when it arrives and when it is decompressed; false aborts the request. */
  readonly mayHold?: (bytes: number) => boolean;
};

export type ProviderHttp = {
  /**
   * One request, one attempt. Right is any complete answer, whatever its status; left is anything that kept it from
   * being complete within `access.timeoutMs` and the size limit. Redirects are answers. For a failure, the status and
   * the wait are enough: its text is empty if the body did not come in time or was too large.
   */
  readonly send: (access: ProviderAccess, request: HttpRequest) => AsyncResult<ProviderError, HttpAnswer>;
  /** Closes all sockets, idle or busy. */
  readonly close: () => void;
};

type Deps = {
  readonly guard: OutboundGuard;
  readonly clock: Clock;
  /** The version of this service, for User-Agent. */
  readonly version: string;
  readonly connectTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
};

const CONNECT_TIMEOUT_MS = 3_000;
/**
 * Before and after decompression. The largest regular answer, 50 Yandex objects, is about 150 kB; parsed JSON takes
 * many times its size.
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
    close: () => pool.destroy(),
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

const httpUrl = (text: string): URL => {
  const url = new URL(text);
  if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  throw Object.assign(new Error('only http and https'), { code: NOT_A_URL });
};

/** A lone surrogate, for which encodeURIComponent throws, becomes U+FFFD. */
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
  text: await textOf(bytes, firstOf(headers['content-encoding']), limits).catch(textOfFailure(status)),
});

/**
 * For a failure the status is enough, whatever became of its body. Lack of memory of ours says nothing about the
 * provider.
 */
const textOfFailure =
  (status: number) =>
  (unreadable: unknown): string => {
    if (status < 300 || errorCode(unreadable) === NO_ROOM) throw unreadable;
    return '';
  };

/** The first value of a header that was sent more than once. */
const firstOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'object' ? header[0] : header;
