import { windowMs } from '../../domain/rate-limit/quota.ts';
import type { Config } from '../config/config.ts';
import { removeEndedTokens } from '../postgres/access/postgres-service-token-finder.ts';
import type { DatabaseClock } from '../postgres/connection/database-clock.ts';
import type { Database } from '../postgres/database.ts';
import { unlessElsewhere } from '../postgres/connection/job-lock.ts';
import { letDaysGo } from '../postgres/partitions/drop-old-partitions.ts';
import { dropOldRefusals, readAgain } from '../postgres/outbox/outbox-backlog.ts';
import { removeGoneEntries } from '../postgres/cache/postgres-cache-tier.ts';
import { removeOldReceipts } from '../postgres/idempotency/postgres-command-receipts.ts';
import { removeOldKeys } from '../postgres/idempotency/postgres-idempotency-keys.ts';
import { removeUnusedWindows } from '../postgres/services/postgres-quota-state-store.ts';
import { removeOldVersions } from '../postgres/spreadsheet/postgres-spreadsheet-versions.ts';
import { removeIdleWriters } from '../postgres/spreadsheet/postgres-spreadsheet-writers.ts';
import { dropOldDeliveries } from '../postgres/webhooks/webhook-retention.ts';
import type { PeriodicJob } from '../system/periodic-jobs.ts';
import type { Logger } from '../telemetry/winston-logger.ts';

type Deps = {
  readonly database: Database;
  /**
   * The clock of the database: what these jobs delete is gone for all replicas, and the clock of one machine may be
   * years ahead.
   */
  readonly clock: DatabaseClock;
  readonly config: Pick<Config, 'logRetentionDays' | 'idempotencyHours'>;
  readonly logger: Pick<Logger, 'warn'>;
};

const HOUR = 3_600_000;
/** Soon after the start, so that a service restarted more often than hourly deletes old data as well. */
const SOON_MS = 60_000;
/**
 * Jobs start one after the other: together they would take a connection each, in every replica, and the server may not
 * have so many.
 */
const APART_MS = 5_000;
/** A week: how late a repeated command is still recognised. */
const RECEIPTS_KEPT_MS = 7 * 24 * HOUR;
/**
 * Without a stored version, reads of a spreadsheet are cached under the same name as before its first write. What was
 * cached then is gone after two hours (`cacheLives`), by any clock.
 */
const VERSIONS_KEPT_MS = 30 * 24 * HOUR;
/**
 * A window's row is written whenever its count changes, so after the longest window nothing in it counts. Plus a day to
 * spare.
 */
const WINDOWS_KEPT_MS = windowMs.month + 24 * HOUR;

/** Jobs that delete old data. */
export const retentionJobs = ({ database, clock, config, logger }: Deps): readonly PeriodicJob[] => {
  const { logRetentionDays, idempotencyHours } = config;
  const trailGoes = () => letDaysGo({ database, clock }, logRetentionDays);
  const refusedGo = async () => {
    await dropOldRefusals(database, logRetentionDays);
    await readAgain(database);
  };
  const receiptsGo = () => removeOldReceipts(database, clock.now() - RECEIPTS_KEPT_MS);
  const keysGo = () => removeOldKeys(database, clock.now() - idempotencyHours * HOUR);
  const writersGo = () => removeIdleWriters(database, clock.now() - HOUR);
  const versionsGo = () => removeOldVersions(database, clock.now() - VERSIONS_KEPT_MS);
  const tokensGo = () => removeEndedTokens(database, clock.now() - logRetentionDays * 24 * HOUR);
  const windowsGo = () => removeUnusedWindows(database, clock.now() - WINDOWS_KEPT_MS);
  const onHeldGone = (deliveries: number): void =>
    logger.warn(
      'deliveries that paused webhooks held for 30 days were deleted without having been published',
      { deliveries },
    );
  const deliveriesGo = () =>
    unlessElsewhere(database, 'webhook-retention', () => dropOldDeliveries({ database, clock, onHeldGone }));
  const entriesGo = () =>
    unlessElsewhere(database, 'cache-cleaning', () => removeGoneEntries(database, clock.now()));
  const jobs = [
    { name: 'retention', everyMs: HOUR, run: trailGoes },
    { name: 'refused-events', everyMs: HOUR, run: refusedGo },
    { name: 'command-receipts', everyMs: HOUR, run: receiptsGo },
    { name: 'idempotency-keys', everyMs: HOUR, run: keysGo },
    { name: 'spreadsheet-writers', everyMs: HOUR, run: writersGo },
    { name: 'spreadsheet-versions', everyMs: HOUR, run: versionsGo },
    { name: 'webhook-retention', everyMs: HOUR, run: deliveriesGo },
    { name: 'cache-cleaning', everyMs: HOUR / 6, run: entriesGo },
    { name: 'service-tokens', everyMs: HOUR, run: tokensGo },
    { name: 'quota-windows', everyMs: HOUR, run: windowsGo },
  ];
  return jobs.map(({ run, ...job }, place) => ({
    ...job,
    firstAfterMs: SOON_MS + place * APART_MS,
    run: () => onceTimeIsTold(clock, run),
  }));
};

/** Asks the database for its time if that is still unknown, since until then the clock follows this machine. */
const onceTimeIsTold = async (clock: DatabaseClock, run: () => Promise<unknown>): Promise<void> => {
  if (clock.ownAhead() === undefined) await clock.look();
  if (clock.ownAhead() === undefined)
    throw new Error('the time of the database is unknown: nothing can be deleted by its age');
  await run();
};
