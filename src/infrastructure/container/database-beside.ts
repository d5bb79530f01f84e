import type { Config } from '../config/config.ts';
import { DataFolderInUse } from '../embedded/data-folder-lock.ts';
import { runningEmbeddedUrl } from '../embedded/running-embedded.ts';
import { openDatabase, type Database } from '../postgres/database.ts';
import { databaseStartFailure } from '../postgres/connection/database-start-failure.ts';
import { isDependencyLost } from '../postgres/dependency-lost.ts';
import { systemClock, systemSleep } from '../system/system-clock.ts';
import type { Logger } from '../telemetry/winston-logger.ts';
import { embeddedFolder, openStorage } from './open-storage.ts';

type Opened = { readonly database: Database; readonly close: () => Promise<void> };

/** A process that is just starting or stopping holds the folder and answers nowhere; both take a second or two. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 100;

/**
 * For commands beside a running service: works on the configured database, else on the service's embedded
 * PostgreSQL, else on one of its own. An embedded one may go away with its owner in the middle, so `work` may
 * run again, and must be such that a transaction that was rolled back leaves nothing behind.
 */
export const withDatabaseBeside = async <A>(
  config: Config,
  logger: Logger,
  work: (database: Database) => Promise<A>,
): Promise<A> => {
  const deadline = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await workedOnce(config, logger, work);
    } catch (error) {
      const mayPass = error instanceof DataFolderInUse || isDependencyLost(error);
      if (config.databaseUrl !== undefined || !mayPass || systemClock.monotonic() > deadline) throw error;
      await systemSleep(RETRY_MS);
    }
  }
};

const workedOnce = async <A>(
  config: Config,
  logger: Logger,
  work: (database: Database) => Promise<A>,
): Promise<A> => {
  const { database, close } = await opened(config, logger);
  try {
    return await work(database);
  } finally {
    await close();
  }
};

const opened = async (config: Config, logger: Logger): Promise<Opened> => {
  const url = config.databaseUrl ?? (await runningEmbeddedUrl(embeddedFolder(config)));
  try {
    if (url !== undefined) {
      const database = await openDatabase({ url, migrate: true, poolSize: 2, logger });
      return { database, close: database.close };
    }
  } catch (error) {
    // A killed service leaves its files behind: nobody answers there, and the folder is free to be opened.
    if (config.databaseUrl !== undefined) throw databaseStartFailure(error);
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
