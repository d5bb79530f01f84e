import type { Container } from 'inversify';
import { DatabaseAway } from '../postgres/connection/database-away.ts';
import type { DatabaseClock } from '../postgres/connection/database-clock.ts';
import { unlessElsewhere } from '../postgres/connection/job-lock.ts';
import { ensureAllPartitions } from '../postgres/partitions/ensure-partitions.ts';
import { servicesToProbe } from '../postgres/services/service-overview.ts';
import { startPeriodicJobs, type PeriodicJob, type PeriodicJobs } from '../system/periodic-jobs.ts';
import { clockLines } from '../telemetry/clock-lines.ts';
import { jobLines } from '../telemetry/job-lines.ts';
import { jobMetrics } from '../telemetry/job-metrics.ts';
import { ids, type Platform } from './identifiers.ts';
import { retentionJobs } from './retention-jobs.ts';
import { adoptSpools } from './spooling.ts';
import { waitingDeliveries } from './waiting-deliveries.ts';

const HOUR = 3_600_000;
/** Within this time two clocks drift apart by at most two milliseconds. */
const CLOCK_LOOKED_AT_MS = 10_000;
const PROBES_AT_ONCE = 20;

/** The periodic background jobs of a process. */
export const startJobs = (container: Container, platform: Platform): PeriodicJobs => {
  const jobs = jobsOf(container, platform);
  const { failed } = jobMetrics(
    container.get(ids.telemetry).registry,
    jobs.map(({ name }) => name),
  );
  const lines = jobLines(platform.logger, platform.clock.monotonic);
  const onFailed = (job: string, error: unknown): void => {
    // A lost database is not the fault of the job, and is reported by the watch of the database.
    if (error instanceof DatabaseAway) return;
    failed(job);
    lines.failed(job, error);
  };
  return startPeriodicJobs(jobs, platform.sleep, onFailed, lines.worked);
};

/** Keeps the snapshots of services and tokens at most a minute old, for an outage of the database. */
export const refreshSnapshots = (container: Container): Promise<unknown> =>
  Promise.all([container.get(ids.services).refresh(), container.get(ids.tokens).refresh()]);

const jobsOf = (container: Container, platform: Platform): readonly PeriodicJob[] => {
  const spooling = { ...platform, journal: container.get(ids.journal) };
  const { database, config, logger } = platform;
  const cache = container.get(ids.cache);
  const clock = container.get(ids.cacheClock);
  const probing = () => unlessElsewhere(database, 'health-probes', () => probeAll(container, platform));
  const waiting = waitingDeliveries(
    platform,
    container.get(ids.telemetry),
    container.get(ids.limiter),
    container.get(ids.relay).wake,
  );
  return [
    ...identityProviderJobs(container),
    { name: 'partitions', everyMs: HOUR, run: () => ensureAllPartitions(platform) },
    ...retentionJobs({ database, clock, config, logger }),
    { name: 'spooled-deliveries', everyMs: 1_000, run: waiting.drainSpool },
    { name: 'held-deliveries', everyMs: 1_000, run: waiting.releaseHeld },
    { name: 'snapshots', everyMs: HOUR / 60, run: () => refreshSnapshots(container) },
    { name: 'orphaned-spools', everyMs: HOUR / 60, run: () => adoptSpools(spooling) },
    { name: 'spool-disk', everyMs: 5_000, run: () => container.get(ids.spool).askDiskAgain() },
    { name: 'cache-clock', everyMs: CLOCK_LOOKED_AT_MS, run: lookingAtClock(clock, logger) },
    { name: 'address-lists', everyMs: 6 * HOUR, run: () => container.get(ids.managedRanges).refresh() },
    { name: 'hit-counts', everyMs: 5_000, run: () => cache.flush() },
    { name: 'health-probes', everyMs: config.probeIntervalMs, run: probing },
  ];
};

/** Otherwise its outage would show only when an administrator hears 503, and last in the metrics until one is let in. */
const identityProviderJobs = (container: Container): readonly PeriodicJob[] => {
  const { remoteKeys } = container.get(ids.administrators);
  if (remoteKeys === undefined) return [];
  return [{ name: 'identity-provider', everyMs: HOUR / 60, firstAfterMs: 0, run: remoteKeys.refresh }];
};

/** What the start has found out is logged at once. */
const lookingAtClock = (clock: DatabaseClock, logger: Platform['logger']): (() => Promise<void>) => {
  const tell = clockLines(logger, clock.ownAhead);
  tell();
  return async () => {
    await clock.look();
    tell();
  };
};

/** Only probes that cost no quota; all other services are judged by the outcomes of calls. */
const probeAll = async (container: Container, { database, config }: Platform): Promise<void> => {
  const monitor = container.get(ids.monitor);
  const { now } = container.get(ids.cacheClock);
  const probes = { ...container.get(ids.adapters), ...container.get(ids.spreadsheets) };
  const free = Object.entries(probes).flatMap(([name, adapter]) =>
    adapter?.probeIsFree === true ? [name] : [],
  );
  const everyMs = config.probeIntervalMs;
  const due = await servicesToProbe(database, free, { now: now(), everyMs, limit: PROBES_AT_ONCE });
  await Promise.all(due.map((service) => monitor.probe(service, 'health-probe')));
};
