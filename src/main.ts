// Start and stop order of the service, nothing else. What is built from what: infrastructure/container.
import { isLeft } from './domain/shared/fp.ts';
import { configFrom } from './infrastructure/config/config.ts';
import { isStandardJwt } from './infrastructure/config/secrets-config.ts';
import { version } from './infrastructure/config/version.ts';
import { standardOutput } from './infrastructure/telemetry/line-output.ts';
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts';
import { welcome } from './interfaces/console/welcome.ts';
import { endOnce, onCrash, startFailed, stopPatience } from './process-end.ts';
import { serve } from './serve.ts';

// Whoever adds `--port 8007` does not want it to listen where it listens. What was added may be a secret.
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

const listens = (port: number, isEmbedded: boolean): void => {
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

/** As a shell tells of it: a terminal was closed, or somebody wants it anew, and a supervisor starts it again. */
const HUNG_UP = 129;

/** All in this process, which also owns the embedded PostgreSQL if there is one. */
const alone = async (): Promise<void> => {
  const end = endOnce(logger, stopPatience(config));
  let stop = (): Promise<void> => Promise.resolve();
  // Before it serves, too: what the first process of a container does not listen for, the kernel does not do to it.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal, 0, () => stop()));
  process.on('SIGHUP', () => end('SIGHUP', HUNG_UP, () => stop()));
  const serving = await serve({ config, logger, output });
  stop = serving.stop;
  onCrash(logger, (reason) => end(reason, 1, serving.stop));
  // Losing the database is no orderly end: whoever supervises this process should start it again.
  void serving.databaseLost?.then(() => end('the embedded PostgreSQL ended', 1, serving.stop));
  listens(serving.port, serving.databaseLost !== undefined);
};

/** Milliseconds for the last news of workers that were killed for want of patience. */
const WORKERS_END_MS = 5_000;

/** Workers serve; this process starts them and watches over them. */
const withWorkers = async (): Promise<void> => {
  const { primary } = await import('./primary.ts');
  const pool = primary(config, logger);
  const end = endOnce(logger, stopPatience(config) + WORKERS_END_MS);
  const stop = () => pool.stop();
  onCrash(logger, (reason) => end(reason, 1, stop));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal, 0, stop));
  void pool.failed.then(() => end('workers fail to start', 1, stop));
  // From now on: unheard it would end this process.
  process.on('SIGHUP', () => void pool.replaceAll());
  const port = await pool.start();
  if (port === undefined) return end('the first worker did not start', 1, stop);
  listens(port, false);
};

(config.workers > 1 ? withWorkers() : alone()).catch(startFailed(logger));
