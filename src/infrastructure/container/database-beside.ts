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

/**
 * A process that is just starting or stopping has the data folder locked but accepts no connections; both take a second
 * or two.
 */
const PATIENCE_MS = 15_000;
const RETRY_MS = 100;

/**
 * For commands run beside the service: works on the configured database, or else on the service's embedded PostgreSQL,
 * or else on one that it starts itself. The embedded one may disappear with its owner at any time, so `work` may run
 * again: a transaction that was rolled back must leave nothing behind.
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
    // A killed service leaves its files behind: nobody answers at that address, and the folder can be opened.
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
