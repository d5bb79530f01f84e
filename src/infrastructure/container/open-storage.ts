import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Config } from '../config/config.ts';
import { DataFolderInUse } from '../embedded/data-folder-lock.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { generatedSecrets } from '../embedded/generated-secrets.ts';
import { runningEmbeddedUrl } from '../embedded/running-embedded.ts';
import { openDatabase, type Database } from '../postgres/database.ts';
import { aesGcmSecretBox } from '../security/aes-gcm-secret-box.ts';
import { parseEncryptionKeys } from '../security/encryption-keys.ts';
import type { JwtSettings } from '../security/jose-administrator-verifier.ts';
import type { Logger } from '../telemetry/winston-logger.ts';

export type Secrets = { readonly secretBox: SecretBox; readonly jwt: JwtSettings };

export const embeddedFolder = (config: Config): string => resolve(config.dataDir, 'postgres');

/** Keys from the environment; what is missing there is generated once beside the embedded data. */
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
  /** Connections of the trail's own. */
  readonly journalDatabase: Database;
  readonly embedded: EmbeddedPostgres | undefined;
};

const JOURNAL_CONNECTIONS = 2;

const opened = async (
  url: string,
  config: Config,
  logger: Logger,
): Promise<Pick<Storage, 'database' | 'journalDatabase'>> => {
  const database = await openDatabase({ url, migrate: true, poolSize: config.databasePoolSize, logger });
  try {
    return {
      database,
      journalDatabase: await openDatabase({ url, migrate: false, poolSize: JOURNAL_CONNECTIONS, logger }),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
};

/** A first start needs the ORM for its migrations: it is loaded while initdb works in a process of its own. */
const preloadMigrator = (): void => {
  setImmediate(() => void import('../postgres/orm.ts'));
};

/** The configured PostgreSQL, or the embedded one, which this process then owns. Schema up to date. */
export const openStorage = async (config: Config, logger: Logger): Promise<Storage> => {
  if (config.databaseUrl === undefined && !existsSync(embeddedFolder(config))) preloadMigrator();
  const embedded =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({
          dataDir: embeddedFolder(config),
          logger: (line) => logger.debug('postgresql', { line }),
        })
      : undefined;
  try {
    return { ...(await opened(config.databaseUrl ?? embedded?.url ?? '', config, logger)), embedded };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
};

type OpenedBeside = { readonly database: Database; readonly close: () => Promise<void> };

/** A service that is just starting or stopping holds its folder and answers nowhere; both take a second or two. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 100;

/** For commands beside a running service: its embedded PostgreSQL when there is one, else one of their own. */
export const openDatabaseBeside = async (config: Config, logger: Logger): Promise<OpenedBeside> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await openedBeside(config, logger);
    } catch (error) {
      if (!(error instanceof DataFolderInUse) || performance.now() > deadline) throw error;
      await pause(RETRY_MS);
    }
  }
};

const openedBeside = async (config: Config, logger: Logger): Promise<OpenedBeside> => {
  const url = config.databaseUrl ?? (await runningEmbeddedUrl(embeddedFolder(config)));
  try {
    if (url !== undefined) {
      const database = await openDatabase({ url, migrate: true, poolSize: 2, logger });
      return { database, close: database.close };
    }
  } catch (error) {
    // A killed service leaves its files behind: nobody answers there, and the folder is free to be opened.
    if (config.databaseUrl !== undefined) throw error;
  }
  const { database, journalDatabase, embedded } = await openStorage(config, logger);
  return {
    database,
    close: async () => {
      await Promise.all([database.close(), journalDatabase.close()]);
      await embedded?.stop();
    },
  };
};
