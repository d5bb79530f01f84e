import { Container } from 'inversify';
import type { Application } from '../../application/application.ts';
import type { CommandQueue } from '../../application/command-queue.ts';
import type { CommandReceipts } from '../../application/command-receipts.ts';
import type { CommandTelemetry } from '../../application/telemetry.ts';
import { ensureAllPartitions } from '../postgres/partitions/ensure-partitions.ts';
import { isPartitionInUse } from '../postgres/partitions/partition-session.ts';
import { registerAddressListMetrics } from '../telemetry/address-list-metrics.ts';
import { registerClockMetrics } from '../telemetry/clock-metrics.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { applicationModule } from './application.module.ts';
import { commandsModule, RENEW_LEASE_EVERY_MS } from './commands.module.ts';
import { deliveriesModule } from './deliveries.module.ts';
import { eventsModule } from './events.module.ts';
import { healthModule } from './health.module.ts';
import { ids, type Platform } from './identifiers.ts';
import { ingestModule } from './ingest.module.ts';
import { refreshSnapshots, startJobs } from './jobs.ts';
import { providersModule } from './providers.module.ts';
import { lookAtSecrets } from './secrets-at-start.ts';
import { seedDefaultTenant } from './seed.ts';
import { startSpooling } from './spooling.ts';
import { storesModule } from './stores.module.ts';
import { writesModule } from './writes.module.ts';

export type Service = {
  readonly application: Application;
  readonly telemetry: PrometheusTelemetry;
  /** What the consumer of commands needs. It must be stopped before the service. */
  readonly commands: {
    readonly queue: CommandQueue;
    readonly receipts: CommandReceipts;
    readonly telemetry: CommandTelemetry;
    readonly renewEveryMs: number;
  };
  /** Ends the jobs, then writes what is still in memory, then closes the database. */
  readonly stop: () => Promise<void>;
};

/** How long a start waits for Redis before it continues without. */
const REDIS_PATIENCE_MS = 2_000;

/** Builds everything, creates missing partitions, registers services from the environment, and starts the jobs. */
export const buildService = async (platform: Platform): Promise<Service> => {
  const container = containerOf(platform);
  const application = container.get(ids.application);
  await madeReady(container, platform, application);
  const jobs = started(container, platform);
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

const containerOf = (platform: Platform): Container => {
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
  return container;
};

/** Everything that must be ready before the first request. */
const madeReady = async (
  container: Container,
  platform: Platform,
  application: Application,
): Promise<void> => {
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
};

/** Starts what then runs in the background until the service stops. */
const started = (container: Container, platform: Platform): ReturnType<typeof startJobs> => {
  void lookAtSecrets(platform);
  platform.databaseWatch.start();
  container.get(ids.relay).start();
  container.get(ids.replayRunner).start();
  container.get(ids.broker)?.start();
  return startJobs(container, platform);
};

/**
 * Rows of a day without a partition go to the default partition, and within the hour to one of their own. So a long
 * read of the whole table, such as a dump, which blocks new partitions, does not keep a replica from starting.
 */
const partitionsAtStart = async (platform: Platform): Promise<void> => {
  try {
    await ensureAllPartitions(platform);
  } catch (error) {
    if (!isPartitionInUse(error)) throw error;
    platform.logger.warn(
      'partitions are in use by other sessions, those of the next days are created later',
      errorFields(error),
    );
  }
};

/** The order matters: each part may still write to those that are closed after it. */
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
