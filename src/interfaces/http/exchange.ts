import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application } from '../../application/application.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { requestIdOf } from './middleware/request-id.ts';
import type { RequestLogger } from './request-logger.ts';
import type { Traffic } from './traffic.ts';
import { unexpectedOf, type Unexpected } from './unexpected.ts';
import type { EdgeFailure } from './failure.ts';

/** What serving any request takes, whatever the route. */
export type HttpKit = {
  readonly authenticate: Application['authenticate'];
  readonly logger: RequestLogger;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly traffic: Traffic;
  readonly maxBodyBytes: number;
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
  /** For the log line only: known once the caller is let in, or once something broke. */
  tenant: string | undefined;
  actor: string | undefined;
  unexpected: Unexpected | undefined;
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
  return {
    kit,
    req,
    res,
    params,
    requestId: requestIdOf(req.headers['x-request-id'], kit.ids),
    route,
    startedAt: kit.clock.monotonic(),
    tenant: undefined,
    actor: undefined,
    unexpected: undefined,
  };
};

/** Remembers the first exception of a request for its log line; the caller hears "internal" or "unavailable". */
export const noteUnexpected = (exchange: Exchange, error: unknown): EdgeFailure => {
  const unexpected = unexpectedOf(error, exchange.kit.isDependencyLost);
  exchange.unexpected ??= unexpected;
  return { kind: unexpected.kind };
};
