import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Config } from '../config/config.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { generatedSecrets } from '../embedded/generated-secrets.ts';
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
