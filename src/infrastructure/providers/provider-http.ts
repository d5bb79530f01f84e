import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import axios, { AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import { OUTBOUND_REFUSED, type OutboundGuard } from '../security/outbound-policy.ts';
import { CONNECT_TIMEOUT, guardedAgents } from './guarded-agents.ts';
import { notUnderstood, requestRejected, retryAfterMs, unavailable, type HttpAnswer } from './http-answer.ts';

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
/** After decompression. The largest honest answer, 50 Yandex objects, is about 150 kB. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export const providerHttp = (deps: Deps): ProviderHttp => {
  const { clock, maxAnswerBytes = MAX_ANSWER_BYTES } = deps;
  const agents = guardedAgents({
    guard: deps.guard,
    connectTimeoutMs: deps.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  });
  const settings: Settings = {
    httpAgent: agents.http,
    httpsAgent: agents.https,
    // Neither HTTP_PROXY nor a redirect may decide where keys go.
    proxy: false,
    maxRedirects: 0,
    maxContentLength: maxAnswerBytes,
    maxBodyLength: maxAnswerBytes,
    decompress: true,
    // Text in, text out: parsing is ours, because axios hides a body that is not JSON.
    responseType: 'text',
    validateStatus: () => true,
  };
  const userAgent = `integration-service/${deps.version}`;

  return {
    send: async (access, request) => {
      if (access.signal.aborted) return left(CALLER_GONE);
      const limit = timeLimit(access);
      try {
        return right(
          answerOf(await exchange(settings, userAgent, access, request, limit.signal), clock.now()),
        );
      } catch (error) {
        return left(transportFailure(error, limit.expired(), access));
      } finally {
        limit.release();
      }
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
};

const CALLER_GONE: ProviderError = {
  kind: 'provider-timeout',
  message: 'the whole request was over, out of time or its caller gone, before the provider answered',
};

/** Axios' own timeout restarts with every byte; a dripping provider needs a wall-clock limit on the whole exchange. */
const timeLimit = ({ signal, timeoutMs }: ProviderAccess) => {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, timeoutMs);
  const callerGone = (): void => controller.abort();
  signal.addEventListener('abort', callerGone, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', callerGone);
    },
  };
};

type Settings = Omit<InternalAxiosRequestConfig, 'headers'>;

/**
 * axios' own adapter, given its whole configuration at once. `axios.request` would first merge it anew and pass
 * the texts through interceptors and transforms that are not used here: a third of the cost of a call.
 */
const viaAxios = axios.getAdapter('http');

const exchange = (
  settings: Settings,
  userAgent: string,
  access: ProviderAccess,
  { method, url, query, headers, json, body, onSending }: HttpRequest,
  signal: AbortSignal,
): Promise<AxiosResponse<string>> =>
  viaAxios({
    ...settings,
    method,
    url: query === undefined ? url : `${url}?${encoded(query)}`,
    ...(json === undefined ? {} : { data: JSON.stringify(json) }),
    ...(body === undefined ? {} : { data: body }),
    ...(onSending === undefined ? {} : { transport: telling(onSending) }),
    headers: new AxiosHeaders({
      Accept: 'application/json',
      'User-Agent': userAgent,
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(access.traceparent === undefined ? {} : { traceparent: access.traceparent }),
      ...headers,
    }),
    signal,
  });

/** Node's own client, with an ear at the moment when a new connection stands, its handshake included, or an idle one is taken. */
const telling = (onSending: () => void) => ({
  request: (options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest => {
    const isSecure = options.protocol === 'https:';
    const request = (isSecure ? httpsRequest : httpRequest)(options, answered);
    request.once('socket', (socket) => {
      if (request.reusedSocket) onSending();
      else socket.once(isSecure ? 'secureConnect' : 'connect', onSending);
    });
    return request;
  },
});

/** Half a surrogate pair, which encodeURIComponent throws on, becomes U+FFFD. */
const encoded = (query: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(query)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`],
    )
    .join('&');

const answerOf = ({ status, headers, data }: AxiosResponse<string>, now: number): HttpAnswer => ({
  status,
  contentType: String(headers['content-type'] ?? '')
    .split(';', 1)[0]!
    .trim()
    .toLowerCase(),
  retryAfterMs: retryAfterMs(headers['retry-after'] as string | undefined, now),
  text: data,
});

const CODE = /^[A-Z][A-Z0-9_]{2,40}$/;
/** zlib and the HTTP parser: bytes arrived, and they are not what they claim to be. */
const GARBLED = /^(Z_|HPE_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING|ERR_ZSTD)/;

/** The one place where socket errors become ours. Only codes are passed on: messages and URLs may hold a key. */
const transportFailure = (error: unknown, expired: boolean, access: ProviderAccess): ProviderError => {
  if (expired)
    return { kind: 'provider-timeout', message: `no complete answer within ${access.timeoutMs} ms` };
  if (access.signal.aborted) return CALLER_GONE;
  const code = codeOf(error);
  if (code === undefined) throw error;
  if (code === CONNECT_TIMEOUT) return { kind: 'provider-timeout', message: 'no connection in time' };
  if (code === OUTBOUND_REFUSED)
    return unavailable('the address of the provider is one this service does not call');
  if (code === 'ERR_INVALID_URL') return unavailable('the base URL is not a URL');
  if (code === 'ERR_INVALID_CHAR')
    return requestRejected('the request holds characters that no header may hold');
  if (code === 'ERR_BAD_RESPONSE' && isTooLarge(error))
    return notUnderstood('the answer is larger than any this provider should give');
  if (GARBLED.test(code)) return notUnderstood(`the answer could not be read (${code})`);
  return unavailable(`the provider could not be reached or broke off (${code})`);
};

const codeOf = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
};

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('maxContentLength');
