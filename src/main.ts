// The start and stop order of the service, and nothing else. Wiring is in infrastructure/container.
import { isLeft } from './domain/shared/fp.ts';
import { configFrom } from './infrastructure/config/config.ts';
import { isStandardJwt } from './infrastructure/config/secrets-config.ts';
import { version } from './infrastructure/config/version.ts';
import { standardOutput } from './infrastructure/telemetry/line-output.ts';
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts';
import { welcome } from './interfaces/console/welcome.ts';
import { endOnce, onCrash, startFailed, stopPatience } from './process-end.ts';
import { serve } from './serve.ts';

// An ignored `--port 8007` would let the service listen elsewhere than intended. The arguments are not repeated, since
// they may contain a secret.
if (process.argv.length > 2) {
  process.stderr.write(
    'Not started: it takes no arguments, only environment variables (docs/configuration.md), as in PORT=8007 npm start\n',
  );
  process.exit(2);
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

const announceListening = (port: number, isEmbedded: boolean): void => {
  logger.info('listening', { host: config.host, port, version });
  process.stdout.write(
    welcome({
      host: config.host,
      port,
      tenant: config.defaultTenant,
      projectFolder: `${import.meta.dirname}/..`,
      embeddedDataDir: isEmbedded && isStandardJwt(config.jwt) ? config.dataDir : undefined,
    }),
  );
};

/**
 * 128 + SIGHUP, as a shell reports it: a terminal was closed, or somebody asked for a restart, which the supervisor
 * does.
 */
const HUNG_UP = 129;

/** Serves in this process, which also owns the embedded PostgreSQL, if there is one. */
const alone = async (): Promise<void> => {
  const end = endOnce(logger, stopPatience(config));
  let stop = (): Promise<void> => Promise.resolve();
  // Registered before the start: for PID 1 of a container, the kernel ignores signals without a handler.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal, 0, () => stop()));
  process.on('SIGHUP', () => end('SIGHUP', HUNG_UP, () => stop()));
  const serving = await serve({ config, logger, output });
  stop = serving.stop;
  onCrash(logger, (reason) => end(reason, 1, serving.stop));
  // Losing the database is not an orderly end: the supervisor should start this process again.
  void serving.databaseLost?.then(() => end('the embedded PostgreSQL ended', 1, serving.stop));
  announceListening(serving.port, serving.databaseLost !== undefined);
};

/** Milliseconds for the last messages about workers that had to be killed. */
const WORKERS_END_MS = 5_000;

/** Workers serve; this process starts and supervises them. */
const withWorkers = async (): Promise<void> => {
  const { primary } = await import('./primary.ts');
  const pool = primary(config, logger);
  const end = endOnce(logger, stopPatience(config) + WORKERS_END_MS);
  const stop = () => pool.stop();
  onCrash(logger, (reason) => end(reason, 1, stop));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal, 0, stop));
  void pool.failed.then(() => end('workers fail to start', 1, stop));
  // Registered as early as possible: without a handler, SIGHUP would end this process.
  process.on('SIGHUP', () => void pool.replaceAll());
  const port = await pool.start();
  if (port === undefined) return end('the first worker did not start', 1, stop);
  announceListening(port, false);
};

(config.workers > 1 ? withWorkers() : alone()).catch(startFailed(logger));
