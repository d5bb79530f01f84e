import { DatabaseError, type Pool, type QueryConfig } from 'pg';
import type { Clock } from '../../../domain/shared/clock.ts';
import { LINE_END } from './call-line.ts';
import { isDataError } from '../data-error.ts';
import { endsSession } from '../ends-session.ts';
import { UNIQUE_VIOLATION } from '../connection/sql-state.ts';

/** A call that waits for its commit, serialised for `append_calls`. */
export type WrittenCall = {
  readonly line: string;
  /** CloudEvents as JSON, separated by commas; may be empty. */
  readonly events: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};
export type CallGroup = readonly WrittenCall[];

export type GroupStore = {
  readonly pool: Pick<Pool, 'connect'>;
  readonly clock: Pick<Clock, 'monotonic'>;
};

/**
 * The database is lost or does not accept the trail. As far as can be known, calls that were not settled are not
 * stored.
 */
export class TrailUnavailable extends Error {}

type Refused = { readonly refusal: DatabaseError; readonly maybeStored: boolean };

/** One attempt for a connection that was lost during the statement, two for dead ones that the pool still hands out. */
const ATTEMPTS = 3;
/** Milliseconds. A group is written in about 2; callers who wait longer than this have given up. */
const STORE_TIMEOUT_MS = 5_000;
const PATIENCE_MS = 1_000;

/**
 * Stores a group and settles its calls. When the connection is lost during the statement, it is unknown whether the
 * group was committed; it is simply written again, since each id can be stored only once. A record that the database
 * refuses is found by bisection, so that only its own caller gets the error. Rejects with `TrailUnavailable`.
 */
export const storeGroup = async (store: GroupStore, group: CallGroup, maybeStored = false): Promise<void> => {
  const refused = await written(store, group, maybeStored);
  if (refused === undefined) {
    for (const call of group) call.resolve();
    return;
  }
  const [first] = group;
  if (group.length === 1 && first !== undefined) return settleRefused(first, refused);
  const middle = Math.ceil(group.length / 2);
  await storeGroup(store, group.slice(0, middle), refused.maybeStored);
  await storeGroup(store, group.slice(middle), refused.maybeStored);
};

/**
 * Tries whether the database accepts a call such as this one, and rolls back. Rejects with `TrailUnavailable` if not. A
 * database that refuses the call because of its data does accept others.
 */
export const tryToStore = async ({ pool }: Pick<GroupStore, 'pool'>, call: WrittenCall): Promise<void> => {
  let client;
  try {
    client = await pool.connect();
    await client.query('begin');
    await client.query(statementFor([call]));
    await client.query('rollback');
    client.release();
  } catch (error) {
    // Closing the connection rolls back, too.
    client?.release(true);
    if (!isDataError(error)) throw trailUnavailable(error);
  }
};

const settleRefused = (call: WrittenCall, { refusal, maybeStored }: Refused): void => {
  if (maybeStored && refusal.code === UNIQUE_VIOLATION) call.resolve();
  else {
    const told = `the call trail refused the record: ${refusal.message} (${refusal.code})`;
    call.reject(new Error(told, { cause: refusal }));
  }
};

/** Undefined when the group is committed. */
const written = async (
  { pool, clock }: GroupStore,
  group: CallGroup,
  maybeStoredBefore: boolean,
): Promise<Refused | undefined> => {
  const started = clock.monotonic();
  let maybeStored = maybeStoredBefore;
  for (let attempt = 1; ; attempt += 1) {
    const failed = await write(pool, group);
    if (failed === undefined) return undefined;
    const { error, sent } = failed;
    if (isDataError(error)) return { refusal: error, maybeStored };
    maybeStored ||= sent && !(error instanceof DatabaseError && !endsSession(error));
    if (attempt === ATTEMPTS || clock.monotonic() - started > PATIENCE_MS) throw trailUnavailable(error);
  }
};

const write = async (
  pool: GroupStore['pool'],
  group: CallGroup,
): Promise<{ readonly error: unknown; readonly sent: boolean } | undefined> => {
  let client;
  try {
    client = await pool.connect();
  } catch (error) {
    return { error, sent: false };
  }
  try {
    await client.query(statementFor(group));
    client.release();
    return undefined;
  } catch (error) {
    client.release(!(error instanceof DatabaseError) || endsSession(error));
    return { error, sent: true };
  }
};

/**
 * Not a named (prepared) statement: parsing it again costs 2 µs a call in groups of 16, and PgBouncer may not know the
 * name.
 */
const statementFor = (group: CallGroup): QueryConfig & { readonly query_timeout: number } => {
  let lines = '';
  let events = '';
  for (const call of group) {
    lines += lines === '' ? call.line : LINE_END + call.line;
    if (call.events !== '') events += (events === '' ? '[' : ',') + call.events;
  }
  const values = [lines, events === '' ? null : `${events}]`];
  return { text: 'select append_calls($1, $2)', values, query_timeout: STORE_TIMEOUT_MS };
};

export const trailUnavailable = (cause: unknown): TrailUnavailable =>
  new TrailUnavailable(
    `the call trail is unavailable: ${cause instanceof Error ? cause.message : 'no connection'}`,
    { cause },
  );
