import { MikroORM, type MigrationsOptions } from '@mikro-orm/postgresql';
import { PostgresDialect, type PostgresPool } from 'kysely';
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
    driverOptions: () => new PostgresDialect({ pool: borrowed(pool) }),
    logger: warn,
    migrations: { ...migrations, silent: true, snapshot: false, disableForeignKeys: false },
  });

export type Orm = ReturnType<typeof createOrm>;
export type OrmSession = ReturnType<Orm['em']['fork']>;

const borrowed = (pool: Pool): PostgresPool => ({
  connect: () => pool.connect(),
  end: () => Promise.resolve(),
  options: pool.options,
});
