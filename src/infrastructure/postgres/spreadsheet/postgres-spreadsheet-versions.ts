import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { UNSETTLED_MS, type SpreadsheetVersions } from '../../../domain/spreadsheet/spreadsheet-versions.ts';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { answeredSoon } from '../../system/answered-soon.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Deps = {
  readonly database: { readonly pool: Pool };
  readonly isAway: () => boolean;
  readonly sleep: Sleep;
};
type Row = { readonly spreadsheet: Buffer; readonly version: string; readonly is_settled: boolean };
type Versions = ReadonlyMap<string, string | undefined>;

/** The longest that a read waits to learn whether it may be served from the cache. */
const PATIENCE_MS = 500;
/**
 * The longest that a write is held up; it is tried twice (`noteWritten`). One that hangs holds up all that came after
 * it.
 */
const CHANGE_MS = 2_000;
/** The version of a spreadsheet to which nobody has written. */
const FIRST = '0';

const LOOK = `select spreadsheet, version, unsettled_until <= clock_timestamp() as is_settled
  from spreadsheet_versions where spreadsheet = any($1)`;
/**
 * In order of rows, so that two replicas that change the same ones cannot deadlock. Versions follow the clock instead
 * of counting up: a database that lost its last changes in a fail-over would reach the same versions again, under which
 * Redis may still hold cached reads.
 */
const CHANGE = `insert into spreadsheet_versions as v (spreadsheet, version, unsettled_until)
  select spreadsheet, extract(epoch from clock_timestamp()) * 1000000, clock_timestamp() + unsettled_ms * interval '1 millisecond'
  from unnest($1::bytea[], $2::int[]) as changed (spreadsheet, unsettled_ms) order by spreadsheet
  on conflict (spreadsheet) do update set version = greatest(v.version + 1, excluded.version),
    unsettled_until = greatest(v.unsettled_until, excluded.unsettled_until)`;
const REMOVE = removal('spreadsheet_versions', 'unsettled_until < $1', 'spreadsheet');

/**
 * Versions in the database, which all replicas share in any case: a committed version is seen by every later question,
 * whatever happens to Redis. Questions that arrive while one is under way share the next statement, and so do changes:
 * a hundred callers whose rows left as one call make one commit, instead of a hundred that wait for the same row.
 */
export const postgresSpreadsheetVersions = ({ database, isAway, sleep }: Deps): SpreadsheetVersions => {
  const lookTogether = grouped((rows: readonly string[]) => look(database, rows));
  const changeTogether = grouped((changes: readonly Change[]) => change(database, changes));
  return {
    current: (spreadsheet) => {
      if (isAway()) return undefined;
      const row = rowOf(spreadsheet);
      const version = async () => (await lookTogether(row)).get(row);
      return answeredSoon(version, { sleep, withinMs: PATIENCE_MS });
    },
    changed: (spreadsheet, outcome) =>
      changeTogether({
        row: rowOf(spreadsheet),
        unsettledMs: outcome === 'unclear' ? UNSETTLED_MS : 0,
      }),
  };
};

const rowOf = (spreadsheet: string): string => createHash('sha256').update(spreadsheet).digest('hex');

const look = async (database: Deps['database'], asked: readonly string[]): Promise<Versions> => {
  const rows = [...new Set(asked)].map(bytesOf);
  const found = await queryAsSystem<Row>(database, LOOK, [rows], PATIENCE_MS);
  const versions = new Map<string, string | undefined>(asked.map((row) => [row, FIRST]));
  for (const { spreadsheet, version, is_settled: isSettled } of found.rows)
    versions.set(spreadsheet.toString('hex'), isSettled ? version : undefined);
  return versions;
};

const bytesOf = (row: string): Buffer => Buffer.from(row, 'hex');

type Change = { readonly row: string; readonly unsettledMs: number };

const change = async (database: Deps['database'], changes: readonly Change[]): Promise<void> => {
  const longest = new Map<string, number>();
  for (const { row, unsettledMs } of changes) longest.set(row, Math.max(unsettledMs, longest.get(row) ?? 0));
  const values = [[...longest.keys()].map(bytesOf), [...longest.values()]];
  await queryAsSystem(database, CHANGE, values, CHANGE_MS);
};

/** Runs one statement at a time; a question is never answered by a statement that began before it. */
const grouped = <Asked, Answer>(
  ask: (all: readonly Asked[]) => Promise<Answer>,
): ((one: Asked) => Promise<Answer>) => {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: { readonly all: Asked[]; readonly answer: Promise<Answer> } | undefined;

  const opened = () => {
    const all: Asked[] = [];
    const answer = underWay.then(() => {
      next = undefined;
      return ask(all);
    });
    underWay = answer.catch(() => undefined);
    return { all, answer };
  };

  return (one) => {
    next ??= opened();
    next.all.push(one);
    return next.answer;
  };
};

/**
 * Deletes versions of spreadsheets last written before that time, which then count as never written. Returns the number
 * of rows.
 */
export const removeOldVersions = (database: Deps['database'], writtenBefore: number): Promise<number> =>
  removeInTurns(database, REMOVE, writtenBefore);
