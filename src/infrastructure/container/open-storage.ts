import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Config } from '../config/config.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { generatedSecrets } from '../embedded/generated-secrets.ts';
import { serverLine } from '../embedded/server-line.ts';
import { openDatabase, poolConfig, type Database } from '../postgres/database.ts';
import { databaseProbe } from '../postgres/connection/database-probe.ts';
import { databaseStartFailure } from '../postgres/connection/database-start-failure.ts';
import { DatabaseWatch } from '../postgres/connection/database-watch.ts';
import { isDependencyLost } from '../postgres/dependency-lost.ts';
import { installationId } from '../postgres/installation-id.ts';
import { loadMigrator } from '../postgres/connection/migrations.ts';
import { sqlStateOf } from '../postgres/connection/sql-state-of.ts';
import { aesGcmSecretBox } from '../security/aes-gcm-secret-box.ts';
import { parseEncryptionKeys } from '../security/encryption-keys.ts';
import type { JwtSettings } from '../security/jose-administrator-verifier.ts';
import { systemClock, systemSleep } from '../system/system-clock.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';

export type Secrets = { readonly secretBox: SecretBox; readonly jwt: JwtSettings };

export const embeddedFolder = (config: Config): string => resolve(config.dataDir, 'postgres');

/** Keys from the environment; missing ones are generated once and stored beside the embedded data. */
export const openSecrets = async (config: Config): Promise<Secrets> => {
  const complete = config.encryptionKeys !== undefined && config.jwt.keys !== undefined;
  const generated = complete ? undefined : await generatedSecrets(resolve(config.dataDir));
  const keys = parseEncryptionKeys(config.encryptionKeys ?? generated?.encryptionKeys ?? '');
  if (isLeft(keys)) throw new Error(`ENCRYPTION_KEYS: ${keys.left.join('; ')}`);
  const jwtKeys = config.jwt.keys ?? { secret: generated?.jwtSecret ?? '' };
  return {
    secretBox: aesGcmSecretBox({ keys: keys.right, randomBytes }),
    jwt: { keys: jwtKeys, issuer: config.jwt.issuer, audience: config.jwt.audience },
  };
};

export type Storage = {
  readonly database: Database;
  /** A pool only for the commits of the trail and of deliveries. */
  readonly journalDatabase: Database;
  /** Watches both pools. Not started yet. */
  readonly databaseWatch: DatabaseWatch;
  /** The id of the installation, stored in its database. */
  readonly installation: string;
  readonly embedded: EmbeddedPostgres | undefined;
};

/** Two groups of calls and two of deliveries at the same time. */
const JOURNAL_CONNECTIONS = 4;

type Opened = Omit<Storage, 'embedded'>;

const opened = async (url: string, config: Config, logger: Logger): Promise<Opened> => {
  const watch = databaseWatch(url, logger);
  const common = { url, watch, logger };
  const database = await openDatabase({ ...common, migrate: true, poolSize: config.databasePoolSize });
  try {
    const installation = await installationId(database);
    const journalDatabase = await openDatabase({ ...common, migrate: false, poolSize: JOURNAL_CONNECTIONS });
    return { database, journalDatabase, databaseWatch: watch, installation };
  } catch (error) {
    await database.close();
    throw error;
  }
};

const databaseWatch = (url: string, logger: Logger): DatabaseWatch =>
  new DatabaseWatch({
    probe: databaseProbe({ config: poolConfig(url), sleep: systemSleep }),
    monotonic: systemClock.monotonic,
    sleep: systemSleep,
    random: Math.random,
    onAway: (code) =>
      logger.error('database away: reads go on, administration and writes are refused', { code }),
    onFurther: (code) => logger.error('database still away, for another reason', { code }),
    onBack: (awayMs) => logger.info('database is back', { away_ms: awayMs }),
  });

/** Database and service are often started together; PostgreSQL takes its time after a crash, or on a busy machine. */
const START_PATIENCE_MS = 10_000;
const START_RETRY_MS = 500;
/** Wrong credentials, no such database, a missing privilege: waiting cures none of these. */
const FINAL_SQLSTATE = /^(28|3D|42501)/;

const mayPass = (error: unknown): boolean =>
  isDependencyLost(error) && !FINAL_SQLSTATE.test(sqlStateOf(error) ?? '');

const openedWhenThere = async (url: string, config: Config, logger: Logger): Promise<Opened> => {
  // Measured from the first failure on: on a busy machine loading the code alone may take as long.
  for (let deadline: number | undefined; ;) {
    try {
      return await opened(url, config, logger);
    } catch (error) {
      if (!mayPass(error) || (deadline !== undefined && systemClock.monotonic() > deadline)) throw error;
      if (deadline === undefined)
        logger.warn('waiting for the database', { for_ms: START_PATIENCE_MS, ...errorFields(error) });
      deadline ??= systemClock.monotonic() + START_PATIENCE_MS;
      await systemSleep(START_RETRY_MS);
    }
  }
};

const startedHere = (config: Config, logger: Logger, onUnderWay: () => void): Promise<EmbeddedPostgres> => {
  const dataDir = embeddedFolder(config);
  const isFirst = !existsSync(dataDir);
  return startEmbeddedPostgres({
    dataDir,
    logger: serverLine(logger),
    onUnderWay: () => {
      onUnderWay();
      // Loads the migrations while initdb is at work.
      if (isFirst) loadMigrator().catch(() => undefined);
    },
  });
};

/**
 * Opens the configured PostgreSQL, or the embedded one, which this process then owns, with an up-to-date schema.
 *
 * @param onUnderWay called when there is nothing left to do but wait for the database. A caller that loads code before
 * that blocks the event loop, and thereby delays the start of the database.
 */
export const openStorage = async (
  config: Config,
  logger: Logger,
  onUnderWay = (): void => undefined,
): Promise<Storage> => {
  const embedded =
    config.databaseUrl === undefined ? await startedHere(config, logger, onUnderWay) : undefined;
  onUnderWay();
  try {
    const url = config.databaseUrl ?? embedded?.url ?? '';
    return { ...(await openedWhenThere(url, config, logger)), embedded };
  } catch (error) {
    await embedded?.stop();
    throw embedded === undefined ? databaseStartFailure(error) : error;
  }
};
