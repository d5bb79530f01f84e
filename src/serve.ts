import type { Config } from './infrastructure/config/config.ts';
import { version } from './infrastructure/config/version.ts';
import { clientAddressOf } from './infrastructure/webhooks/addresses.ts';
import { openSecrets, openStorage } from './infrastructure/container/open-storage.ts';
import { databaseStartFailure } from './infrastructure/postgres/connection/database-start-failure.ts';
import { systemClock, systemSleep } from './infrastructure/system/system-clock.ts';
import { systemIds } from './infrastructure/system/system-ids.ts';
import { giveBackStartMemory } from './infrastructure/system/start-memory.ts';
import { stayWarmWhileIdle } from './infrastructure/system/warm-while-idle.ts';
import { allocateYoung } from './infrastructure/system/young-garbage.ts';
import type { LineOutput } from './infrastructure/telemetry/line-output.ts';
import { openTracing } from './infrastructure/telemetry/open-tracing.ts';
import type { PrometheusTelemetry } from './infrastructure/telemetry/prometheus-telemetry.ts';
import { requestLogger } from './infrastructure/telemetry/request-logger.ts';
import type { Logger } from './infrastructure/telemetry/winston-logger.ts';
import { dataFolderFailure, listenFailure } from './start-failure.ts';

export type Serving = {
  readonly port: number;
  readonly telemetry: PrometheusTelemetry;
  /** Resolves when the PostgreSQL that this process owns has ended; undefined when it owns none. */
  readonly databaseLost: Promise<void> | undefined;
  /**
   * Stops gracefully: reports not ready but serves on for the drain time, finishes requests and commands, flushes what
   * is in memory.
   */
  readonly stop: () => Promise<void>;
  /** The same for one worker of several: readiness is not withdrawn, since others go on serving the port. */
  readonly leave: () => Promise<void>;
};

type Options = {
  readonly config: Config;
  readonly logger: Logger;
  readonly output: LineOutput;
  /** Added to every request line of the log. */
  readonly lineFields?: object;
  /** Content of `/metrics`; by default the metrics of this process. */
  readonly metrics?: PrometheusTelemetry['expose'];
};

/**
 * Milliseconds in which callers with a kept-alive connection to a leaving process are told, with an answer, to close
 * it.
 */
const LEAVING_MS = 3_000;

/**
 * Loaded with the rest of the code: if the first connection loaded it, V8 flags would differ and the compile cache made
 * ahead would not be used.
 */
const driverOfTheBus = async (): Promise<unknown> =>
  (await import('./infrastructure/rabbitmq/rabbitmq-driver.ts')).rabbitmqDriver();

/** Most of the code. Loading it blocks the event loop for long, so whatever has to run meanwhile must begin before. */
const codeToServe = async ({ rabbitmqUrl }: Config) => {
  const [{ buildService }, { createHttpServer }, { commandConsumer }, { isDependencyLost }] =
    await Promise.all([
      import('./infrastructure/container/service.ts'),
      import('./interfaces/http/server.ts'),
      import('./interfaces/amqp/command-consumer.ts'),
      import('./infrastructure/postgres/dependency-lost.ts'),
      rabbitmqUrl === undefined ? undefined : driverOfTheBus(),
    ]);
  return { buildService, createHttpServer, commandConsumer, isDependencyLost };
};

/** Opens what outlives a request, and loads the code while the database starts in processes of its own. */
const opened = async ({ config, logger }: Options) => {
  const underWay = Promise.withResolvers<void>();
  const readingSecrets = openSecrets(config);
  const opening = Promise.all([
    readingSecrets,
    openStorage(config, logger, underWay.resolve),
    openTracing(config.tracing, version, logger),
  ]).catch(async (error: unknown) => {
    // The process is about to end, and must not leave half-written files of new secrets behind.
    await readingSecrets.catch(() => undefined);
    throw error;
  });
  // Awaited below; until then a failure must not count as an unhandled rejection.
  opening.catch(() => undefined);
  await Promise.race([underWay.promise, opening]);
  const code = await codeToServe(config);
  const [secrets, storage, tracing] = await opening;
  return { code, secrets, storage, tracing };
};

/** Opens and wires everything; which parts need which others is in infrastructure/container. */
const build = async (options: Options) => {
  const { config, logger, output, lineFields, metrics } = options;
  const { code, secrets, storage, tracing } = await opened(options);
  const parts = { logger, tracing, clock: systemClock, sleep: systemSleep, ids: systemIds, version };
  const service = await code.buildService({ config, ...secrets, ...storage, ...parts });
  const edge = {
    application: service.application,
    logger: requestLogger(config.logLevel, output, systemClock.now, lineFields),
    tracing,
    clock: systemClock,
    ids: systemIds,
    isDependencyLost: code.isDependencyLost,
  };
  const http = code.createHttpServer({
    ...edge,
    metrics: metrics ?? service.telemetry.expose,
    build: { version },
    publicUrl: config.publicUrl,
    clientAddressOf: clientAddressOf(config.trustedProxies),
  });
  allocateYoung();
  stayWarmWhileIdle();
  if (storage.embedded?.isNew === true) giveBackStartMemory();
  const { queue, ...means } = service.commands;
  const consume = code.commandConsumer({ ...edge, ...means, sleep: systemSleep });
  return { service, storage, tracing, http, queue, consume };
};

/** The server may refuse a later connection too, or a statement sent over one. */
const refusedByServer = (error: unknown, { databaseUrl }: Config): unknown =>
  databaseUrl !== undefined && error instanceof Error && 'severity' in error
    ? databaseStartFailure(error)
    : error;

/** Opens everything, listens, and consumes commands. */
export const serve = async (options: Options): Promise<Serving> => {
  const { config } = options;
  const { service, storage, tracing, http, queue, consume } = await build(options).catch((error: unknown) => {
    throw dataFolderFailure(refusedByServer(error, config), config);
  });
  const closed = async (): Promise<void> => {
    await service.stop();
    await tracing?.close();
    await storage.embedded?.stop();
  };
  const { port } = await http.listen(config.port, config.host).catch(async (error: unknown) => {
    await closed();
    throw listenFailure(error, config);
  });
  queue.consume(consume);
  /**
   * Commands and requests share one grace time instead of having one each, since a supervisor waits for a single one.
   */
  const ended = async (told: Promise<void>): Promise<void> => {
    const requests = told.then(() => http.close(config.shutdownGraceMs));
    await Promise.all([queue.stop(config.shutdownGraceMs), requests]);
    await closed();
  };
  return {
    port,
    telemetry: service.telemetry,
    databaseLost: storage.embedded?.exited,
    // Commands need no drain time: those not taken here are taken elsewhere.
    stop: () => ended(http.drain(config.shutdownDrainMs)),
    leave: () => ended(http.leave(Math.max(LEAVING_MS, config.shutdownDrainMs))),
  };
};
