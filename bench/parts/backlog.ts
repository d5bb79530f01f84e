import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/infrastructure/embedded/embedded-postgres.ts';
import { toCloudEvent } from '../../src/infrastructure/events/cloud-event.ts';
import { openDatabase, type Database } from '../../src/infrastructure/postgres/database.ts';
import { OutboxRelay } from '../../src/infrastructure/postgres/outbox/outbox-relay.ts';
import { queryAsSystem } from '../../src/infrastructure/postgres/tenant-session.ts';
import { RabbitmqConnection } from '../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { RabbitmqEventBus } from '../../src/infrastructure/rabbitmq/rabbitmq-event-bus.ts';
import { systemClock, systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { silentLogger } from '../../src/infrastructure/telemetry/winston-logger.ts';
import { anEvent } from '../../test/support/a-recorded-call.ts';
import { anId } from '../../test/support/an-external-service.ts';
import { atEnd } from '../rig/at-end.ts';
import { temporaryFolder } from '../rig/temporary-folder.ts';

export const BACKLOG = 100_000;
const ROWS_AT_ONCE = 2_000;

export type Drained = { readonly perSecond: number; readonly cpuMicroseconds: number };

/** A database on a disk, and a relay from its outbox to the broker, as in the service. */
export const backlogDrain = async (url: string) => {
  const server = await startEmbeddedPostgres({ dataDir: join(temporaryFolder(), 'postgres') });
  atEnd(server.stop);
  const database = await openDatabase({ url: server.url, migrate: true, poolSize: 3 });
  atEnd(database.close);
  const connection = new RabbitmqConnection({
    url,
    logger: silentLogger,
    sleep: systemSleep,
    random: Math.random,
  });
  const bus = new RabbitmqEventBus({ connection, sleep: systemSleep, onUnroutable: () => undefined });
  connection.start();
  atEnd(() => connection.close());
  return async (eventsPerRow: number): Promise<Drained> => {
    await write(database, eventsPerRow);
    await bus.whenReady(new AbortController().signal);
    return drained(database, bus);
  };
};

const write = async (database: Database, eventsPerRow: number): Promise<void> => {
  let written = 0;
  while (written < BACKLOG) {
    const rows: string[] = [];
    for (; rows.length < ROWS_AT_ONCE && written < BACKLOG; written += eventsPerRow)
      rows.push(
        JSON.stringify(
          Array.from({ length: Math.min(eventsPerRow, BACKLOG - written) }, (_, n) =>
            toCloudEvent(anEvent({ id: anId(written + n), subject: anId(written + n) })),
          ),
        ),
      );
    await queryAsSystem(database, 'insert into outbox_messages (messages) select unnest($1::text[])', [rows]);
  }
};

const drained = (database: Database, bus: RabbitmqEventBus): Promise<Drained> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const cpu = process.cpuUsage();
    let confirmed = 0;
    const relay = new OutboxRelay({
      database,
      bus,
      clock: systemClock,
      sleep: systemSleep,
      random: Math.random,
      onPublished: (events) => {
        confirmed += events.length;
        if (confirmed < BACKLOG) return;
        const seconds = (performance.now() - began) / 1_000;
        const { user, system } = process.cpuUsage(cpu);
        relay
          .close()
          .then(
            () => resolve({ perSecond: BACKLOG / seconds, cpuMicroseconds: (user + system) / BACKLOG }),
            reject,
          );
      },
      onRefused: () => undefined,
      onFailed: reject,
    });
    relay.start();
  });
