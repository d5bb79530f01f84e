import { join } from 'node:path';
import { openSpoolFile } from '../spool/spool-file.ts';
import { Spool } from '../spool/spool.ts';
import { SlotOutOfReach, SpoolSlots } from '../spool/spool-slots.ts';
import { SpoolingCallJournal } from '../spool/spooling-call-journal.ts';
import { makeFolder } from '../system/make-folder.ts';
import { registerDatabaseMetrics } from '../telemetry/database-metrics.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import type { Platform } from './identifiers.ts';

/**
 * No quiet time: once everything is shipped there is nothing more to ship, so no later event would report the recovery.
 */
const SHIPPED_QUIET_MS = 0;

/** The spool of this process, in a folder named by its installation. Nothing is created on disk before it is needed. */
export const spoolOf = ({ config, installation, clock, logger }: Platform): Spool => {
  const disk = stateChanges(clock.monotonic, {
    broken: (error) => logger.error('the spool cannot be written, calls are refused', errorFields(error)),
    recovered: (failures) => logger.info('the spool can be written again', { failures }),
  });
  const room = stateChanges(clock.monotonic, {
    broken: () =>
      logger.error('the spool is full, calls are refused', { spool_max_bytes: config.spoolMaxBytes }),
    recovered: (refused) => logger.info('the spool has room again', { refused }),
  });
  return new Spool({
    slots: new SpoolSlots(join(config.spoolDir, installation)),
    openFile: openSpoolFile,
    maxBytes: config.spoolMaxBytes,
    clock,
    onDiskFailed: disk.broken,
    onDiskWorks: () => {
      disk.works();
      room.works();
    },
    onFull: () => room.broken(undefined),
  });
};

export const spoolingJournalOf = (
  { database, journalDatabase, databaseWatch, clock, sleep, logger }: Platform,
  spool: Spool,
  onCommitted: () => void,
): SpoolingCallJournal => {
  const shipping = stateChanges(
    clock.monotonic,
    {
      broken: (error) => logger.error('the spool cannot be shipped', errorFields(error)),
      recovered: (failures) => logger.info('the spool is shipped again', { failures }),
    },
    SHIPPED_QUIET_MS,
  );
  return new SpoolingCallJournal({
    pool: journalDatabase.pool,
    shippingPool: database.pool,
    spool,
    database: databaseWatch,
    clock,
    sleep,
    onCommitted,
    onChanged: (to, why) =>
      to === 'spool'
        ? logger.warn('calls are spooled on this disk', { why })
        : logger.info('calls go to the database again', { why }),
    onKept: (file, why) =>
      logger.error('a spooled call could not be stored, its file is kept', { file, why }),
    onShippingFailed: shipping.broken,
    onShippingWorks: shipping.works,
  });
};

type Spooling = Platform & { readonly spool: Spool; readonly journal: SpoolingCallJournal };

/**
 * Reports at the start, rather than when it is needed, that nothing can be spooled here; ships what other processes
 * left.
 */
export const startSpooling = async (spooling: Spooling, { registry }: PrometheusTelemetry): Promise<void> => {
  const { config, databaseWatch, spool, journal, logger } = spooling;
  registerDatabaseMetrics(registry, { isAway: databaseWatch.isAway, spool, shipped: () => journal.shipped });
  try {
    await makeFolder(config.spoolDir, 0o700);
    await adoptSpools(spooling);
  } catch (error) {
    spool.cannotBeUsed(error);
    if (error instanceof SlotOutOfReach) return lookBeside(error, spooling);
    logger.warn(UNUSABLE, errorFields(error));
  }
};

const UNUSABLE = 'SPOOL_DIR cannot be used: while the database is away, this process refuses calls';

/** If one slot cannot be taken over, the next may still be usable, and this process needs only one. */
const lookBeside = async (
  error: SlotOutOfReach,
  { spool, logger }: Pick<Spooling, 'spool' | 'logger'>,
): Promise<void> => {
  await spool.askDiskAgain();
  const { diskError } = spool;
  if (diskError !== undefined) logger.warn(UNUSABLE, errorFields(diskError));
  else
    logger.warn(
      'calls spooled by an earlier process cannot be shipped: give its folder to the user of this service, or move it away',
      { folder: error.folder, ...errorFields(error) },
    );
};

export const adoptSpools = async ({
  journal,
  logger,
}: Pick<Spooling, 'journal' | 'logger'>): Promise<void> => {
  const records = await journal.adopt();
  if (records > 0) logger.warn('shipping the spool of a process that ended', { records });
};
