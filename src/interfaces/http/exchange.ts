import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application } from '../../application/application.ts';
import type { Span, Tracing } from '../../application/tracing.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { requestIdOf } from '../wire/request-id.ts';
import { traceParentOf } from '../wire/trace-parent.ts';
import type { RequestLogger } from './request-logger.ts';
import type { Traffic } from './traffic.ts';
import { unexpectedOf, type Unexpected } from '../wire/unexpected.ts';
import type { EdgeFailure } from '../wire/failure.ts';

/** What serving any request takes, whatever the route. */
export type HttpKit = {
  readonly authenticate: Application['authenticate'];
  readonly logger: RequestLogger;
  /** Undefined: nobody collects traces. */
  readonly tracing: Tracing | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly traffic: Traffic;
  readonly maxBodyBytes: number;
  readonly readerTimeoutMs: number;
  /** Tells a lost database from a bug: 503 instead of 500. */
  readonly isDependencyLost: (error: unknown) => boolean;
};

export type PathParameters = { readonly [name: string]: string };

/** One request on its way to exactly one answer. */
export type Exchange = {
  readonly kit: HttpKit;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly params: PathParameters;
  readonly requestId: string;
  /** The route's pattern, never the path itself: paths carry ids and keys. */
  readonly route: string;
  readonly startedAt: number;
  readonly span: Span | undefined;
  /** Of the span where there is one, else as received. */
  readonly traceparent: string | undefined;
  /** For the log line only: known once the caller is let in, or once something broke. */
  tenant: string | undefined;
  actor: string | undefined;
  unexpected: Unexpected | undefined;
  /** For the log line only: why a delivery is not taken, of which its sender hears less. */
  refusal: string | undefined;
  /** For the log line only: its caller read so slowly that the connection was closed. */
  hasStalled: boolean;
};

export const openExchange = (
  kit: HttpKit,
  req: IncomingMessage,
  res: ServerResponse,
  route: string,
  params: PathParameters,
): Exchange => {
  kit.traffic.begin();
  // Fired once for every answer, sent or given up: only then may the connection be closed.
  res.on('close', kit.traffic.end);
  const requestId = requestIdOf(req.headers['x-request-id'], kit.ids);
  const received = traceParentOf(req.headers['traceparent']);
  const span = serverSpan(kit.tracing, req, route, requestId, received);
  return {
    kit,
    req,
    res,
    params,
    requestId,
    span,
    traceparent: span?.traceparent ?? received,
    route,
    startedAt: kit.clock.monotonic(),
    tenant: undefined,
    actor: undefined,
    unexpected: undefined,
    refusal: undefined,
    hasStalled: false,
  };
};

/** Probes and scrapers: answered also while stopping, and no part of anybody's trace. */
export const isForOperators = (target: string): boolean =>
  target.startsWith('/health') || target.startsWith('/metrics');

const serverSpan = (
  tracing: Tracing | undefined,
  { method }: IncomingMessage,
  route: string,
  requestId: string,
  parent: string | undefined,
): Span | undefined => {
  if (tracing === undefined || isForOperators(route)) return undefined;
  return tracing.start(`${method} ${route}`, 'server', parent, {
    'http.request.method': method,
    'http.route': route,
    'integration.request_id': requestId,
  });
};

/** Remembers the first exception of a request for its log line; the caller hears "internal" or "unavailable". */
export const noteUnexpected = (exchange: Exchange, error: unknown): EdgeFailure => {
  const unexpected = unexpectedOf(error, exchange.kit.isDependencyLost);
  exchange.unexpected ??= unexpected;
  return { kind: unexpected.kind };
};
