import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import type { Application } from '../../application/application.ts';
import type { Tracing } from '../../application/tracing.ts';
import type { Clock, IdSource, Random } from '../../domain/shared/clock.ts';
import { refuseOutright } from './answering.ts';
import { closingOf, type Closing } from './closing.ts';
import { answerBrokenRequest, refuseTunnel } from './connection-errors.ts';
import { openExchange, type HttpKit } from './exchange.ts';
import { continueWhenRead } from './expected-continue.ts';
import { expressMessages } from './express-messages.ts';
import { expressApp } from './express-app.ts';
import { inTurn } from './in-turn.ts';
import { isOddlyFramed, outrightFailure } from './outright-failure.ts';
import type { RequestLogger } from './request-logger.ts';
import { allRoutes } from './routes/all-routes.ts';
import type { Metrics } from './routes/operations-routes.ts';
import { createTraffic } from './traffic.ts';
import { bodyBudgets } from './webhooks/body-budget.ts';

export type HttpLimits = {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** Milliseconds a request may take to arrive, headers and body together. */
  readonly requestTimeoutMs: number;
  /** Milliseconds an idle connection is kept; longer than the proxies in front keep theirs. */
  readonly keepAliveMs: number;
  /** Of deliveries, all those under way together. */
  readonly maxDeliveryBytes: number;
  /** Milliseconds the body of a delivery may take to arrive. */
  readonly deliveryTimeoutMs: number;
  /** Milliseconds a caller may take nothing of what lies ready for it. */
  readonly readerTimeoutMs: number;
};

export type HttpServerDeps = {
  readonly application: Application;
  readonly logger: RequestLogger;
  readonly tracing: Tracing | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly metrics: Metrics;
  readonly build: { readonly version: string };
  /** As the world reaches this service; undefined: as each request says. */
  readonly publicUrl: string | undefined;
  /** Tells a lost database (503 with Retry-After) from a bug (500). */
  readonly isDependencyLost: (error: unknown) => boolean;
  readonly limits?: Partial<HttpLimits>;
  /** Who sends a delivery: the other end of the connection, unless that is a proxy. */
  readonly clientAddressOf: (req: IncomingMessage) => string | undefined;
  readonly random?: Random;
};

export type HttpServer = Closing & {
  /** Resolves with the port bound (port 0: any free one); rejects when it cannot be bound. */
  readonly listen: (port: number, host: string) => Promise<{ readonly port: number }>;
};

const USUAL_LIMITS: HttpLimits = {
  maxBodyBytes: 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  requestTimeoutMs: 60_000,
  keepAliveMs: 72_000,
  maxDeliveryBytes: 64 * 1024 * 1024,
  deliveryTimeoutMs: 5_000,
  // As nginx's send_timeout: who reads through a proxy is its to judge, who reads without one is judged alike.
  readerTimeoutMs: 60_000,
};
/** Of the bytes of deliveries: two of the largest of GitHub's still go beside each other. */
const LEFT_TO_SMALL = 1 / 8;
/** By one company's webhooks, of whose two of the largest still do so, too. */
const LEFT_TO_OTHERS = 3 / 16;
const HEADERS_TIMEOUT_MS = 20_000;
const TIMEOUT_CHECKS_MS = 5_000;
/**
 * Connections that the system holds for a process that does not get to them at once; it keeps to its own
 * `somaxconn`, 4,096 on Linux. Of a burst beyond Node's 511 the rest would be turned away and try again after
 * seconds, or give up.
 */
const WAITING_CONNECTIONS = 4_096;

/** The service's HTTP side. It listens when told to. */
export const createHttpServer = (deps: HttpServerDeps): HttpServer => {
  const { application, logger, clock, ids, metrics, build, publicUrl } = deps;
  const limits = { ...USUAL_LIMITS, ...deps.limits };
  const traffic = createTraffic();
  const kit: HttpKit = {
    authenticate: application.authenticate,
    logger,
    tracing: deps.tracing,
    clock,
    ids,
    traffic,
    maxBodyBytes: limits.maxBodyBytes,
    readerTimeoutMs: limits.readerTimeoutMs,
    isDependencyLost: deps.isDependencyLost,
  };
  const deliveries = {
    ingest: application.ingest,
    clock,
    random: deps.random ?? Math.random,
    budgets: bodyBudgets({
      mostBytes: limits.maxDeliveryBytes,
      leftToSmall: limits.maxDeliveryBytes * LEFT_TO_SMALL,
      leftToOthers: limits.maxDeliveryBytes * LEFT_TO_OTHERS,
    }),
    bodyDeadlineMs: limits.deliveryTimeoutMs,
    clientAddressOf: deps.clientAddressOf,
  };
  const routes = allRoutes({ application, clock, metrics, deliveries, version: build.version, publicUrl });
  const app = expressApp(kit, routes);
  const listener = inTurn(beforeRouting(kit, app));
  const server = createServer({ ...nodeOptions(limits), ...expressMessages(app) }, listener);
  // Their bytes are limited. Of more than a thousand Node would drop the rest in silence, a
  // second credential among them.
  server.maxHeadersCount = 0;
  server.on('checkContinue', continueWhenRead(listener));
  // RFC 9110 section 10.1.1 leaves it to us whether to refuse an expectation nobody knows; Node's 417 has no body.
  server.on('checkExpectation', listener);
  server.on('clientError', answerBrokenRequest(ids, clock));
  server.on('connect', refuseTunnel(ids, clock));
  return { listen: listening(server), ...closingOf(server, traffic) };
};

const nodeOptions = ({ maxHeaderBytes, requestTimeoutMs, keepAliveMs }: HttpLimits): ServerOptions => ({
  maxHeaderSize: maxHeaderBytes,
  requestTimeout: requestTimeoutMs,
  headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
  // Node looks for late requests every 30 s by itself, which would make the limits mean little.
  connectionsCheckingInterval: Math.min(TIMEOUT_CHECKS_MS, requestTimeoutMs),
  keepAliveTimeout: keepAliveMs,
  // Asked for by `beforeRouting`, which answers a problem document.
  requireHostHeader: false,
});

/** Refuses what is not for routes at all, and what comes too late. */
const beforeRouting =
  (kit: HttpKit, app: RequestListener): RequestListener =>
  (req, res) => {
    const failure = outrightFailure(kit.traffic.phase(), req);
    if (isOddlyFramed(req)) res.shouldKeepAlive = false;
    if (failure === undefined) app(req, res);
    else void refuseOutright(openExchange(kit, req, res, 'unrouted', {}), failure);
  };

const listening =
  (server: Server): HttpServer['listen'] =>
  (port, host) =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, backlog: WAITING_CONNECTIONS }, () => {
        server.off('error', reject);
        const address = server.address();
        resolve({ port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });
