import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application } from '../../application/application.ts';
import type { Span, Tracing } from '../../application/tracing.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { requestIdOf } from '../wire/request-id.ts';
import { traceParentOf } from '../wire/trace-parent.ts';
import type { RequestLogger } from './request-logger.ts';
import type { Traffic } from './traffic.ts';
import type { UnreadBodies } from './unread-bodies.ts';
import { unexpectedOf, type Unexpected } from '../wire/unexpected.ts';
import type { EdgeFailure } from '../wire/failure.ts';

/** What every request needs, whatever its route. */
export type HttpKit = {
  readonly authenticate: Application['authenticate'];
  readonly logger: RequestLogger;
  /** Undefined when no traces are collected. */
  readonly tracing: Tracing | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly traffic: Traffic;
  readonly unread: UnreadBodies;
  readonly maxBodyBytes: number;
  readonly readerTimeoutMs: number;
  /** Tells a lost database (503) from a bug (500). */
  readonly isDependencyLost: (error: unknown) => boolean;
};

export type PathParameters = { readonly [name: string]: string };

/** One request and its answer. */
export type Exchange = {
  readonly kit: HttpKit;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly params: PathParameters;
  readonly requestId: string;
  /** The pattern of the route, never the path itself, which may contain ids and keys. */
  readonly route: string;
  readonly startedAt: number;
  readonly span: Span | undefined;
  /** That of the span, if there is one, otherwise as received. */
  readonly traceparent: string | undefined;
  /** For the log line only: known once the caller is authorised, or once something failed. */
  tenant: string | undefined;
  actor: string | undefined;
  unexpected: Unexpected | undefined;
  /** For the log line only: why a delivery is refused; its sender is told less. */
  refusal: string | undefined;
  /** For the log line only: the connection was closed because the client read too slowly. */
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
  // Emitted exactly once for every response, sent or given up; only then may the connection be closed.
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

/** Probes and scrapers are answered even while stopping, and are not traced. */
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

/** Keeps the first exception of a request for its log line; the caller is told only "internal" or "unavailable". */
export const noteUnexpected = (exchange: Exchange, error: unknown): EdgeFailure => {
  const unexpected = unexpectedOf(error, exchange.kit.isDependencyLost);
  exchange.unexpected ??= unexpected;
  return { kind: unexpected.kind };
};
