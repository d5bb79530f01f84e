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
import { unreadBodies } from './unread-bodies.ts';
import { bodyBudgets } from './webhooks/body-budget.ts';

export type HttpLimits = {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** Milliseconds a request may take to arrive, headers and body together. */
  readonly requestTimeoutMs: number;
  /** Milliseconds an idle connection is kept; longer than proxies in front keep theirs. */
  readonly keepAliveMs: number;
  /** For the bodies of all deliveries under way together. */
  readonly maxDeliveryBytes: number;
  /** Milliseconds the body of a delivery may take to arrive. */
  readonly deliveryTimeoutMs: number;
  /** Milliseconds for which a client may read nothing of an answer. */
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
  /** The URL at which clients reach this service; undefined: as each request says. */
  readonly publicUrl: string | undefined;
  /** Tells a lost database (503 with Retry-After) from a bug (500). */
  readonly isDependencyLost: (error: unknown) => boolean;
  readonly limits?: Partial<HttpLimits>;
  /** The client's address: the other end of the connection, unless that is a trusted proxy. */
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
  // As nginx's `send_timeout`: behind a proxy it is the proxy that judges its clients; without one they are judged
  // alike.
  readerTimeoutMs: 60_000,
};
/** Part of the delivery budget reserved for small bodies; the rest still holds two of GitHub's largest at a time. */
const LEFT_TO_SMALL = 1 / 8;
/** Part of the budget that one company's webhooks leave to others; the rest still holds two of GitHub's largest. */
const LEFT_TO_OTHERS = 3 / 16;
const HEADERS_TIMEOUT_MS = 20_000;
const TIMEOUT_CHECKS_MS = 5_000;
/**
 * Connections that the kernel queues until the process accepts them, capped by `somaxconn` (4,096 on Linux). With
 * Node's default of 511, the rest of a burst would be turned away, to try again after seconds or give up.
 */
const WAITING_CONNECTIONS = 4_096;

/** The HTTP side of the service. It does not listen until told to. */
export const createHttpServer = (deps: HttpServerDeps): HttpServer => {
  const { application, logger, clock, ids, metrics, build, publicUrl } = deps;
  const limits = { ...USUAL_LIMITS, ...deps.limits };
  const traffic = createTraffic();
  const unread = unreadBodies();
  const kit: HttpKit = {
    authenticate: application.authenticate,
    logger,
    tracing: deps.tracing,
    clock,
    ids,
    traffic,
    unread,
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
  // Headers are limited by bytes. By default Node drops those beyond a thousand silently, perhaps a second credential
  // among them.
  server.maxHeadersCount = 0;
  server.on('checkContinue', continueWhenRead(listener));
  // RFC 9110 section 10.1.1 lets a server ignore unknown expectations; Node's own 417 has no body.
  server.on('checkExpectation', listener);
  server.on('clientError', answerBrokenRequest(ids, clock));
  server.on('connect', refuseTunnel(ids, clock));
  return { listen: listening(server), ...closingOf(server, traffic, unread) };
};

const nodeOptions = ({ maxHeaderBytes, requestTimeoutMs, keepAliveMs }: HttpLimits): ServerOptions => ({
  maxHeaderSize: maxHeaderBytes,
  requestTimeout: requestTimeoutMs,
  headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
  // By default Node checks for late requests every 30 s, far too rarely for these limits.
  connectionsCheckingInterval: Math.min(TIMEOUT_CHECKS_MS, requestTimeoutMs),
  keepAliveTimeout: keepAliveMs,
  // Checked by `beforeRouting`, which answers with a problem document.
  requireHostHeader: false,
});

/** Refuses requests that no route may see, and those that come too late. */
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
