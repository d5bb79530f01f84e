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

/** MikroORM on a pool that plain queries use, too: closing it leaves the pool open. Connects on first use. */
export const createOrm = ({ pool, database, warn, migrations = {} }: Options) =>
  new MikroORM({
    entities: [...records],
    dbName: database,
    // Otherwise MikroORM looks for a database of that name and creates it; behind PgBouncer the server may know it by
    // another name.
    ensureDatabase: false,
    driverOptions: () => new PostgresDialect({ pool: borrowed(pool) }),
    logger: warn,
    migrations: { ...migrations, silent: true, snapshot: false, disableForeignKeys: false },
  });

export type Orm = ReturnType<typeof createOrm>;

/**
 * Kysely releases a connection only after a successful commit or rollback: one lost inside a transaction would occupy
 * its place in the pool for ever. So the end of the connection gives it back.
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
