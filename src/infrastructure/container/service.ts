import { Container } from 'inversify';
import type { Application } from '../../application/application.ts';
import type { CommandQueue } from '../../application/command-queue.ts';
import type { CommandReceipts } from '../../application/command-receipts.ts';
import type { CommandTelemetry } from '../../application/telemetry.ts';
import { DatabaseAway } from '../postgres/database-away.ts';
import { ensureAllPartitions, isPartitionInUse } from '../postgres/log-partitions.ts';
import { unlessElsewhere } from '../postgres/job-lock.ts';
import { servicesToProbe } from '../postgres/service-overview.ts';
import { startPeriodicJobs, type PeriodicJob, type PeriodicJobs } from '../system/periodic-jobs.ts';
import { registerAddressListMetrics } from '../telemetry/address-list-metrics.ts';
import { registerClockMetrics } from '../telemetry/clock-metrics.ts';
import { jobMetrics } from '../telemetry/job-metrics.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { applicationModule } from './application.module.ts';
import { commandsModule, RENEW_LEASE_EVERY_MS } from './commands.module.ts';
import { deliveriesModule } from './deliveries.module.ts';
import { eventsModule } from './events.module.ts';
import { healthModule } from './health.module.ts';
import { ids, type Platform } from './identifiers.ts';
import { ingestModule } from './ingest.module.ts';
import { providersModule } from './providers.module.ts';
import { retentionJobs } from './retention-jobs.ts';
import { seedDefaultTenant } from './seed.ts';
import { adoptSpools, startSpooling } from './spooling.ts';
import { storesModule } from './stores.module.ts';
import { waitingDeliveries } from './waiting-deliveries.ts';
import { writesModule } from './writes.module.ts';

export type Service = {
  readonly application: Application;
  readonly telemetry: PrometheusTelemetry;
  /** What a consumer of commands works with. It stops before the service does. */
  readonly commands: {
    readonly queue: CommandQueue;
    readonly receipts: CommandReceipts;
    readonly telemetry: CommandTelemetry;
    readonly renewEveryMs: number;
  };
  /** Ends the jobs, then writes down what is still in memory, then closes the database. */
  readonly stop: () => Promise<void>;
};

const HOUR = 3_600_000;
/** Two clocks come apart by two milliseconds at most in this time. */
const CLOCK_LOOKED_AT_MS = 10_000;
const PROBES_AT_ONCE = 20;
/** How long a start waits for Redis before it goes on without. */
const REDIS_PATIENCE_MS = 2_000;

/** Builds everything, brings the partitions up to date, registers what the environment names, starts the jobs. */
export const buildService = async (platform: Platform): Promise<Service> => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(ids.platform).toConstantValue(platform);
  container.load(
    storesModule,
    eventsModule,
    providersModule,
    commandsModule,
    writesModule,
    ingestModule,
    deliveriesModule,
    healthModule,
    applicationModule,
  );
  const application = container.get(ids.application);
  const spooling = { ...platform, spool: container.get(ids.spool), journal: container.get(ids.journal) };
  await startSpooling(spooling, container.get(ids.telemetry));
  registerAddressListMetrics(container.get(ids.telemetry).registry, container.get(ids.managedRanges).held);
  registerClockMetrics(container.get(ids.telemetry).registry, container.get(ids.cacheClock).ownAhead);
  await Promise.all([
    container.get(ids.redis)?.firstAnswer(REDIS_PATIENCE_MS),
    container.get(ids.cacheClock).look(),
    partitionsAtStart(platform),
    container.get(ids.managedRanges).refresh(),
  ]);
  await seedDefaultTenant({ ...platform, application, services: container.get(ids.services) });
  await refreshSnapshots(container);
  platform.databaseWatch.start();
  container.get(ids.relay).start();
  container.get(ids.replayRunner).start();
  container.get(ids.broker)?.start();
  const jobs = startJobs(container, platform);
  return {
    application,
    telemetry: container.get(ids.telemetry),
    commands: {
      queue: container.get(ids.commandQueue),
      receipts: container.get(ids.commandReceipts),
      telemetry: container.get(ids.commandTelemetry),
      renewEveryMs: RENEW_LEASE_EVERY_MS,
    },
    stop: async () => {
      await Promise.all([jobs.stop(), container.get(ids.replayRunner).close()]);
      await stopped(container, platform);
    },
  };
};

/**
 * A day without a partition goes to the default one, and gets its own within the hour: that somebody reads the whole
 * table just now, as a dump does, keeps no replica from its start.
 */
const partitionsAtStart = async (platform: Platform): Promise<void> => {
  try {
    await ensureAllPartitions(platform);
  } catch (error) {
    if (!isPartitionInUse(error)) throw error;
    platform.logger.warn('partitions are in use, those of the next days are made later', errorFields(error));
  }
};

const startJobs = (container: Container, platform: Platform): PeriodicJobs => {
  const jobs = jobsOf(container, platform);
  const { failed } = jobMetrics(
    container.get(ids.telemetry).registry,
    jobs.map(({ name }) => name),
  );
  return startPeriodicJobs(jobs, platform.sleep, (job, error) => {
    if (isTold(error)) return;
    failed(job);
    platform.logger.warn('job failed', { job, ...errorFields(error) });
  });
};

/** That the database is away is said once, by its watch, and not again by everybody who needs it every second. */
const isTold = (error: unknown): boolean => error instanceof DatabaseAway;

/** What services and tokens were a minute ago is what an outage of the database is met with. */
const refreshSnapshots = (container: Container): Promise<unknown> =>
  Promise.all([container.get(ids.services).refresh(), container.get(ids.tokens).refresh()]);

const jobsOf = (container: Container, platform: Platform): readonly PeriodicJob[] => {
  const spooling = { ...platform, journal: container.get(ids.journal) };
  const { database, config } = platform;
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
    { name: 'partitions', everyMs: HOUR, run: () => ensureAllPartitions(platform) },
    ...retentionJobs({ database, clock, config }),
    { name: 'spooled-deliveries', everyMs: 1_000, run: waiting.drainSpool },
    { name: 'held-deliveries', everyMs: 1_000, run: waiting.releaseHeld },
    { name: 'snapshots', everyMs: HOUR / 60, run: () => refreshSnapshots(container) },
    { name: 'orphaned-spools', everyMs: HOUR / 60, run: () => adoptSpools(spooling) },
    { name: 'cache-clock', everyMs: CLOCK_LOOKED_AT_MS, run: () => clock.look() },
    { name: 'address-lists', everyMs: 6 * HOUR, run: () => container.get(ids.managedRanges).refresh() },
    { name: 'hit-counts', everyMs: 5_000, run: () => cache.flush() },
    { name: 'health-probes', everyMs: config.probeIntervalMs, run: probing },
  ];
};

/** Only probes that cost no quota; the rest is followed by the outcomes of calls. */
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

/** In this order: what is written last needs what is closed after it. */
const stopped = async (
  container: Container,
  { database, journalDatabase, databaseWatch }: Platform,
): Promise<void> => {
  await container.get(ids.monitor).settled();
  await container.get(ids.deliveryLedger).settled();
  const together = [
    container.get(ids.deliveryTally),
    container.get(ids.rejectionLog),
    container.get(ids.limitNotices),
  ];
  await Promise.all(together.map((written) => written.flush()));
  await container.get(ids.cache).flush();
  await container.get(ids.cacheTier).settled();
  await container.get(ids.limiter).close();
  await container.get(ids.journal).close();
  await container.get(ids.relay).close();
  await container.get(ids.redis)?.close();
  await container.get(ids.broker)?.close();
  container.get(ids.providerHttp).close();
  container.get(ids.sheetsHttp).close();
  await databaseWatch.stop();
  await journalDatabase.close();
  await database.close();
};
