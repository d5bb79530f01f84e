import { Counter, Gauge, type Registry } from 'prom-client';

export type DatabaseCounts = {
  readonly isAway: () => boolean;
  readonly spool: {
    readonly records: number;
    readonly bytes: number;
    readonly refused: number;
    readonly kept: () => Promise<number>;
  };
  readonly shipped: () => number;
};

/** Whether the database answers, and how much waits for it on this disk. Read at each scrape. */
export const registerDatabaseMetrics = (
  registry: Registry,
  { isAway, spool, shipped }: DatabaseCounts,
): void => {
  const registers = [registry];
  new Gauge({
    name: 'integration_database_up',
    help: '1 while PostgreSQL answers this process, else 0',
    registers,
    // Of several workers, the one that is worst off counts.
    aggregator: 'min',
    collect() {
      this.set(isAway() ? 0 : 1);
    },
  });
  new Gauge({
    name: 'integration_spool_records',
    help: 'Calls on this disk that wait for the database',
    registers,
    collect() {
      this.set(spool.records);
    },
  });
  new Gauge({
    name: 'integration_spool_bytes',
    help: 'Bytes of the spool on this disk',
    registers,
    collect() {
      this.set(spool.bytes);
    },
  });
  new Gauge({
    name: 'integration_spool_kept_files',
    help: 'Files of the spool on this disk that were kept because some of them could not be stored',
    registers,
    // Workers see the same disk.
    aggregator: 'max',
    async collect() {
      // While the disk cannot be read, the last value stays.
      await spool.kept().then(
        (files) => this.set(files),
        () => undefined,
      );
    },
  });
  countUp(registry, 'integration_spool_shipped_total', 'Spooled calls stored in the database', shipped);
  countUp(
    registry,
    'integration_spool_refused_total',
    'Calls refused because the database was away and the spool full or broken',
    () => spool.refused,
  );
};

/** A counter for a growing number that is kept elsewhere. */
const countUp = (registry: Registry, name: string, help: string, total: () => number): void => {
  let counted = 0;
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      const now = total();
      this.inc(now - counted);
      counted = now;
    },
  });
};
