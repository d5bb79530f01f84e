import { MikroORM, type MigrationsOptions } from '@mikro-orm/postgresql';
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import type { Pool } from 'pg';
import { records } from './records.ts';

type Options = {
  readonly pool: Pool;
  readonly database: string;
  readonly warn: (message: string) => void;
  readonly migrations?: MigrationsOptions;
};

/** MikroORM on a pool that is shared with plain queries: closing it leaves the pool open. Connects on first use. */
export const createOrm = ({ pool, database, warn, migrations = {} }: Options) =>
  new MikroORM({
    entities: [...records],
    dbName: database,
    // It would look for one of that name, and make it: PgBouncer may know the database by another than the server does.
    ensureDatabase: false,
    driverOptions: () => new PostgresDialect({ pool: borrowed(pool) }),
    logger: warn,
    migrations: { ...migrations, silent: true, snapshot: false, disableForeignKeys: false },
  });

export type Orm = ReturnType<typeof createOrm>;

/**
 * Kysely releases a connection only after a successful commit or rollback: one that is lost inside a
 * transaction would hold its place in the pool for ever. Here its end gives the place back.
 */
const borrowed = (pool: Pool): PostgresPool => ({
  connect: async () => {
    const client = await pool.connect();
    let held = true;
    const giveBack = (lost: boolean): void => {
      if (!held) return;
      held = false;
      client.removeListener('end', onEnd);
      client.release(lost);
    };
    const onEnd = (): void => giveBack(true);
    client.once('end', onEnd);
    return { query: client.query.bind(client), release: () => giveBack(false) } as PostgresPoolClient;
  },
  end: () => Promise.resolve(),
  options: pool.options,
});
