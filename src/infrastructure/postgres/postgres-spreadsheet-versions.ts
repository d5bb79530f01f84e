import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { UNSETTLED_MS, type SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { queryAsSystem } from './tenant-session.ts';

type Deps = {
  readonly database: { readonly pool: Pool };
  readonly isAway: () => boolean;
  readonly sleep: Sleep;
};
type Row = { readonly spreadsheet: Buffer; readonly version: string; readonly is_settled: boolean };
type Versions = ReadonlyMap<string, string | undefined>;

/** A read waits no longer to learn whether it may be served from the cache. */
const PATIENCE_MS = 500;
/** Of a spreadsheet that nobody has written to. */
const FIRST = '0';

const LOOK = `select spreadsheet, version, unsettled_until <= clock_timestamp() as is_settled
  from spreadsheet_versions where spreadsheet = any($1)`;
const CHANGE = `insert into spreadsheet_versions as v (spreadsheet, version, unsettled_until)
  values ($1, 1, clock_timestamp() + $2 * interval '1 millisecond')
  on conflict (spreadsheet) do update set version = v.version + 1,
    unsettled_until = greatest(v.unsettled_until, excluded.unsettled_until)`;

/**
 * For replicas, who share the database at any rate: a version that is committed is seen by every question asked later,
 * whatever becomes of Redis. Questions that come while one is under way go together in the next.
 */
export const postgresSpreadsheetVersions = ({ database, isAway, sleep }: Deps): SpreadsheetVersions => {
  const together = grouped((rows) => look(database, rows));
  return {
    current: (spreadsheetId) =>
      isAway() ? undefined : answeredIn(PATIENCE_MS, sleep, together(rowOf(spreadsheetId))),
    changed: async (spreadsheetId, outcome) => {
      const unsettledMs = outcome === 'unclear' ? UNSETTLED_MS : 0;
      await queryAsSystem(database, CHANGE, [Buffer.from(rowOf(spreadsheetId), 'hex'), unsettledMs]);
    },
  };
};

const rowOf = (spreadsheetId: string): string => createHash('sha256').update(spreadsheetId).digest('hex');

const look = async (database: Deps['database'], asked: readonly string[]): Promise<Versions> => {
  const rows = [...asked].map((row) => Buffer.from(row, 'hex'));
  const found = await queryAsSystem<Row>(database, LOOK, [rows]);
  const versions = new Map<string, string | undefined>(asked.map((row) => [row, FIRST]));
  for (const { spreadsheet, version, is_settled: isSettled } of found.rows)
    versions.set(spreadsheet.toString('hex'), isSettled ? version : undefined);
  return versions;
};

type Group = { readonly rows: Set<string>; readonly answer: Promise<Versions> };

/** One question at a time; none is answered by one that had begun before it was asked. */
const grouped = (
  ask: (rows: readonly string[]) => Promise<Versions>,
): ((row: string) => Promise<string | undefined>) => {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: Group | undefined;

  const opened = (): Group => {
    const rows = new Set<string>();
    const answer = underWay.then(() => {
      next = undefined;
      return ask([...rows]);
    });
    underWay = answer.catch(() => undefined);
    return { rows, answer };
  };

  return async (row) => {
    next ??= opened();
    next.rows.add(row);
    return (await next.answer).get(row);
  };
};

/** Undefined when it takes too long, or fails. */
const answeredIn = async (
  ms: number,
  sleep: Sleep,
  answer: Promise<string | undefined>,
): Promise<string | undefined> => {
  const over = new AbortController();
  try {
    return await Promise.race([answer, sleep(ms, over.signal).then(() => undefined)]);
  } catch {
    return undefined;
  } finally {
    over.abort();
  }
};
