// What the trail costs: appends a second, and CPU a call in this process and in PostgreSQL.
// Usage: node bench/journal.ts [seconds]; on DATABASE_URL (an empty database, tables stay behind), else embedded.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryEventBus } from '../src/infrastructure/memory/memory-event-bus.ts';
import { startEmbeddedPostgres } from '../src/infrastructure/embedded/embedded-postgres.ts';
import { openDatabase, type Database } from '../src/infrastructure/postgres/database.ts';
import { ensurePartitions } from '../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { OutboxRelay } from '../src/infrastructure/postgres/outbox/outbox-relay.ts';
import { queryAsSystem } from '../src/infrastructure/postgres/tenant-session.ts';
import { openSpoolFile } from '../src/infrastructure/spool/spool-file.ts';
import { SpoolSlots } from '../src/infrastructure/spool/spool-slots.ts';
import { Spool } from '../src/infrastructure/spool/spool.ts';
import { SpoolingCallJournal } from '../src/infrastructure/spool/spooling-call-journal.ts';
import { systemClock, systemSleep } from '../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../src/infrastructure/system/system-ids.ts';
import { aCacheHit, anEvent } from '../test/support/a-recorded-call.ts';
import type { RecordedCall } from '../src/domain/audit/call-record.ts';

const WARM_UP_MS = 2_000;
const measured = Number(process.argv[2] ?? 5) * 1_000;

type Round = {
  readonly callers: number;
  readonly relay: 'off' | 'nobody listens' | 'one listener';
  /** The calls are spooled to this disk. */
  readonly away?: true;
};
const rounds: readonly Round[] = [
  { callers: 1, relay: 'off' },
  { callers: 16, relay: 'off' },
  { callers: 64, relay: 'off' },
  { callers: 256, relay: 'off' },
  { callers: 64, relay: 'nobody listens' },
  { callers: 256, relay: 'nobody listens' },
  { callers: 64, relay: 'one listener' },
  { callers: 256, relay: 'one listener' },
  { callers: 64, relay: 'off', away: true },
  { callers: 256, relay: 'off', away: true },
];

/** A cache hit at the current time, as the pipeline records it: one row, one event. */
const freshCall = (): RecordedCall => {
  const [id, now] = [systemIds.uuid(), Date.now()];
  const record = aCacheHit({ id, requestId: id, startedAt: now, completedAt: now, durationMs: 0 });
  return { record, events: [anEvent({ id: systemIds.uuid(), subject: id, time: now, correlationId: id })] };
};

/** CPU time in microseconds of every process of the server that is visible here (same machine, Linux). */
const postgresCpu = async (database: Database): Promise<number> => {
  const { rows } = await database.pool.query<{ pid: number }>('select pid from pg_stat_activity');
  return rows.reduce((sum, { pid }) => sum + onCpu(pid), 0);
};
const onCpu = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
  } catch {
    return Number.NaN;
  }
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? Number.NaN;

const journalOn = (database: Database, onCommitted: () => void, isAway: boolean): SpoolingCallJournal => {
  const failed = (error: unknown): void => console.error(error);
  const spool = new Spool({
    slots: new SpoolSlots(join(folder, `spool-${systemIds.uuid()}`)),
    openFile: openSpoolFile,
    maxBytes: 2 ** 40,
    clock: systemClock,
    onDiskFailed: failed,
  });
  let tell: () => void = () => undefined;
  const journal = new SpoolingCallJournal({
    pool: database.pool,
    shippingPool: database.pool,
    spool,
    database: { isAway: () => isAway, onChange: (listener) => (tell = listener) },
    clock: systemClock,
    sleep: systemSleep,
    onCommitted,
    onChanged: () => undefined,
    onKept: failed,
    onShippingFailed: failed,
  });
  tell();
  return journal;
};

const measure = async (database: Database, { callers, relay: mode, away }: Round) => {
  const bus = memoryEventBus({ onFailedHandler: (_event, error) => console.error(error) });
  const relay = new OutboxRelay({
    database,
    bus,
    clock: systemClock,
    sleep: systemSleep,
    onPublished: () => undefined,
    onRefused: () => undefined,
    random: Math.random,
    onFailed: (error) => console.error(error),
  });
  if (mode === 'one listener') bus.subscribe('*', () => undefined);
  if (mode !== 'off') relay.start();
  let groups = 0;
  const onCommitted = (): void => {
    groups += 1;
    relay.wake();
  };
  const journal = journalOn(database, onCommitted, away === true);
  let waits: number[] = [];
  let running = true;
  const caller = async (): Promise<void> => {
    while (running) {
      const started = performance.now();
      await journal.append(freshCall());
      waits.push(performance.now() - started);
    }
  };
  const work = Array.from({ length: callers }, caller);
  await systemSleep(WARM_UP_MS);
  [waits, groups] = [[], 0];
  const before = {
    cpu: process.cpuUsage(),
    loop: performance.eventLoopUtilization(),
    pg: await postgresCpu(database),
  };
  const started = performance.now();
  await systemSleep(measured);
  const seconds = (performance.now() - started) / 1_000;
  const [calls, sorted, own] = [waits.length, waits.toSorted((a, b) => a - b), process.cpuUsage(before.cpu)];
  const loop = performance.eventLoopUtilization(before.loop);
  const pg = (await postgresCpu(database)) - before.pg;
  running = false;
  await Promise.all(work);
  await journal.close();
  await relay.close();
  return {
    callers,
    relay: away === undefined ? mode : 'database away',
    'calls/s': Math.round(calls / seconds),
    'calls a group': away === undefined ? +(calls / groups).toFixed(1) : '-',
    'p50 ms': +percentile(sorted, 0.5).toFixed(2),
    'p95 ms': +percentile(sorted, 0.95).toFixed(2),
    'main thread us': +((loop.active * 1_000) / calls).toFixed(1),
    'node us': +((own.user + own.system) / calls).toFixed(1),
    'postgres us': +(pg / calls).toFixed(1),
  };
};

const folder = await mkdtemp(join(tmpdir(), 'journal-bench-'));
const embedded =
  process.env.DATABASE_URL === undefined
    ? await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
    : undefined;
try {
  const url = process.env.DATABASE_URL ?? embedded?.url ?? '';
  const database = await openDatabase({ url, migrate: true, poolSize: 4 });
  await ensurePartitions({ database, clock: systemClock });
  const table = [];
  for (const round of rounds) {
    table.push(await measure(database, round));
    await queryAsSystem(database, 'delete from outbox_messages', []);
  }
  console.table(table);
  await database.close();
} finally {
  await embedded?.stop();
  await rm(folder, { recursive: true, force: true });
}
