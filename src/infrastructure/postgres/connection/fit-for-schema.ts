import type { Pool } from 'pg';

const OLDEST = 150_000;
const READ_COMMITTED = 'read committed';

type Server = {
  readonly version: number;
  readonly name: string;
  readonly encoding: string;
};

type Habits = {
  /** Where tables are made; null: nowhere that this login may look into. */
  readonly schema: string | null;
  readonly style: string;
  readonly isolation: string;
  readonly rows: string;
  readonly digits: string;
};

/**
 * Before the first migration, which would fail half-way over what an older server does not know.
 * Rejects with what to do.
 */
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

/** At every start, of what the server, the database or the login may set for each connection. */
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
  // Functions look there, whoever calls them; a day's partition elsewhere would outlive its time.
  if (schema !== 'public')
    throw new Error(
      `the login of DATABASE_URL makes its tables in ${schema === null ? 'no schema' : `the schema ${schema}`}: ` +
        'its search_path must begin with public, where it may create',
    );
  // In any other style times come back as something that the driver takes for none.
  if (!style.startsWith('ISO'))
    throw otherHabit(`writes dates in the style ${style}, and only ISO is read here`, "datestyle = 'ISO'");
  // Whoever has waited for a row or a lock would go on from a state that is over, or be turned away (40001).
  if (isolation !== READ_COMMITTED)
    throw otherHabit(
      `isolates transactions as ${isolation}, which refuses those that meet`,
      `default_transaction_isolation = '${READ_COMMITTED}'`,
    );
  // Off, whoever would see the rows of one tenant is refused (42501), as if rights were missing.
  if (rows !== 'on')
    throw otherHabit(
      'refuses those who may see a part of the rows, as every tenant may',
      'row_security = on',
    );
  // Times, counts and costs fit into 15 digits (0, as before PostgreSQL 12); into fewer they do not.
  if (Number(digits) < 0)
    throw otherHabit(`rounds numbers (extra_float_digits ${digits})`, 'extra_float_digits = 1');
};

const otherHabit = (habit: string, usual: string): Error =>
  new Error(`the database of DATABASE_URL ${habit}: alter database … set ${usual}, or the same of its login`);
