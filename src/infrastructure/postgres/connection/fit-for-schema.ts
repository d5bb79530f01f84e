import type { Pool } from 'pg';

const OLDEST = 150_000;
const READ_COMMITTED = 'read committed';

type Server = {
  readonly version: number;
  readonly name: string;
  readonly encoding: string;
};

type Habits = {
  /** Where new tables go; null: into no schema that this login may use. */
  readonly schema: string | null;
  readonly style: string;
  readonly isolation: string;
  readonly rows: string;
  readonly digits: string;
};

/** Checked before the first migration, which would fail half-way on an older server. Rejects with advice. */
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

/** Checked at every start: settings that the server, the database or the login may prescribe for each connection. */
export const refuseOtherHabits = async (database: Pick<Pool, 'query'>): Promise<void> => {
  const { rows: found } = await database.query<Habits>(
    `select current_schema() as schema, current_setting('DateStyle') as style,
       current_setting('default_transaction_isolation') as isolation,
       current_setting('row_security') as rows, current_setting('extra_float_digits') as digits`,
  );
  const {
    schema = 'public',
    style = 'ISO',
    isolation = READ_COMMITTED,
    rows = 'on',
    digits = '1',
  } = found[0] ?? {};
  // Our functions look there, whoever calls them; a partition elsewhere would never be dropped.
  if (schema !== 'public')
    throw new Error(
      `the login of DATABASE_URL creates its tables in ${schema === null ? 'no schema' : `the schema ${schema}`}: ` +
        'its search_path must begin with public, and it must be allowed to create there',
    );
  // In any other style, the driver cannot parse times.
  if (!style.startsWith('ISO'))
    throw otherHabit(`writes dates in the style ${style}, and only ISO is read here`, "datestyle = 'ISO'");
  // At a stricter level, a transaction that waited for a row or a lock would go on from an outdated snapshot, or fail
  // (40001).
  if (isolation !== READ_COMMITTED)
    throw otherHabit(
      `isolates transactions as ${isolation}, which makes concurrent ones fail`,
      `default_transaction_isolation = '${READ_COMMITTED}'`,
    );
  // When off, a query that would see only one tenant's rows is refused (42501), as if privileges were missing.
  if (rows !== 'on')
    throw otherHabit(
      'has row_security off, which refuses queries that see only the rows of one tenant',
      'row_security = on',
    );
  // Times, counts and costs fit into 15 digits (0, as before PostgreSQL 12), but not into fewer.
  if (Number(digits) < 0)
    throw otherHabit(`rounds numbers (extra_float_digits ${digits})`, 'extra_float_digits = 1');
};

const otherHabit = (habit: string, usual: string): Error =>
  new Error(`the database of DATABASE_URL ${habit}: alter database … set ${usual}, or the same of its login`);
