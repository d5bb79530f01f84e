import type { Pool } from 'pg';

const OLDEST = 150_000;

type Server = { readonly version: number; readonly name: string; readonly encoding: string };

/** Before the first migration, which would fail half-way over what an older server does not know. Rejects with what to do. */
export const refuseUnfit = async (database: Pick<Pool, 'query'>): Promise<void> => {
  const { rows } = await database.query<Server>(
    `select current_setting('server_version_num')::integer as version, current_setting('server_version') as name,
       current_setting('server_encoding') as encoding`,
  );
  const { version = 0, name = '', encoding = '' } = rows[0] ?? {};
  if (version < OLDEST)
    throw new Error(`DATABASE_URL leads to PostgreSQL ${name}, which is too old: 15 or newer is needed`);
  if (encoding !== 'UTF8')
    throw new Error(
      `the database of DATABASE_URL has the encoding ${encoding}: make it with encoding 'UTF8' template template0`,
    );
};
