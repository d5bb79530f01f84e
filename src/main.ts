// Start and stop order of the service, nothing else. What is built from what: infrastructure/container.
import { isLeft } from './domain/shared/fp.ts';
import { configFrom } from './infrastructure/config/config.ts';
import { version } from './infrastructure/config/version.ts';
import { openSecrets, openStorage } from './infrastructure/container/open-storage.ts';
import { systemClock, systemSleep } from './infrastructure/system/system-clock.ts';
import { systemIds } from './infrastructure/system/system-ids.ts';
import { standardOutput } from './infrastructure/telemetry/line-output.ts';
import { requestLogger } from './infrastructure/telemetry/request-logger.ts';
import { errorFields, winstonLogger } from './infrastructure/telemetry/winston-logger.ts';
import { welcome } from './interfaces/console/welcome.ts';

if (Number(process.versions.node.split('.')[0]) < 22) {
  process.stderr.write(
    `Node 22 or newer is needed, this is ${process.versions.node}: start with "npm start"\n`,
  );
  process.exit(1);
}

const read = configFrom(process.env);
if (isLeft(read)) {
  process.stderr.write(
    `Not started, the configuration has problems:\n${read.left.map((line) => `  ${line}\n`).join('')}`,
  );
  process.exit(1);
}
const config = read.right;
const output = standardOutput();
const logger = winstonLogger(config.logLevel, output);

const DATABASE_LOST = 'the embedded PostgreSQL ended';

/** Stops once, whatever asks first: a signal, or the loss of the database that this process owns. */
const stopOnSignal = (stop: () => Promise<void>, databaseLost: Promise<void> | undefined): void => {
  let stopping = false;
  const onSignal = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { reason });
    stop().then(
      // Losing the database is no orderly end: whoever supervises this process should start it again.
      () => process.exit(reason === DATABASE_LOST ? 1 : 0),
      (error: unknown) => {
        logger.error('stop failed', errorFields(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  void databaseLost?.then(() => onSignal(DATABASE_LOST));
};

/** Accepted, so that an environment shared with sibling services starts this one too; not used is not hidden. */
const warnOfUnusedAddresses = (): void => {
  if (config.redisUrl !== undefined)
    logger.warn(
      'REDIS_URL is not used yet: first cache tier and quotas live in this process, run one replica',
    );
  if (config.rabbitmqUrl !== undefined)
    logger.warn('RABBITMQ_URL is not used yet: events do not leave this process');
};

const start = async (): Promise<void> => {
  warnOfUnusedAddresses();
  // The database comes up in processes of its own while most of the code is still being loaded.
  const opening = Promise.all([openSecrets(config), openStorage(config, logger)]);
  opening.catch(() => undefined);
  const [{ buildService }, { createHttpServer }, { isDependencyLost }] = await Promise.all([
    import('./infrastructure/container/service.ts'),
    import('./interfaces/http/server.ts'),
    import('./infrastructure/postgres/dependency-lost.ts'),
  ]);
  const [secrets, storage] = await opening;
  const service = await buildService({
    config,
    ...secrets,
    ...storage,
    logger,
    clock: systemClock,
    sleep: systemSleep,
    ids: systemIds,
    version,
  });
  const http = createHttpServer({
    application: service.application,
    logger: requestLogger(config.logLevel, output, systemClock.now),
    clock: systemClock,
    ids: systemIds,
    metrics: service.telemetry.expose,
    build: { version },
    isDependencyLost,
  });
  const { port } = await http.listen(config.port, config.host);

  stopOnSignal(async () => {
    await http.drain(config.shutdownDrainMs);
    await http.close(config.shutdownGraceMs);
    await service.stop();
    await storage.embedded?.stop();
  }, storage.embedded?.exited);

  logger.info('listening', { host: config.host, port, version });
  process.stdout.write(
    welcome({
      host: config.host,
      port,
      tenant: config.defaultTenant,
      projectFolder: `${import.meta.dirname}/..`,
      embeddedDataDir: storage.embedded && config.dataDir,
    }),
  );
};

start().catch((error: unknown) => {
  logger.error('start failed', errorFields(error));
  process.exit(1);
});
