import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Clock, IdSource, Random, Sleep } from '../../domain/shared/clock.ts';
import type { SpreadsheetWriters, WriterTurn } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import { queryAsSystem } from './tenant-session.ts';

type Pooled = { readonly pool: Pool };
type Deps = {
  readonly database: Pooled;
  /** Turns among those of this process: one of them at a time asks the database. */
  readonly here: SpreadsheetWriters;
  readonly ids: IdSource;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  readonly random: Random;
  readonly onNotReleased: (error: unknown) => void;
};

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 50;
/** The turn is kept for one that waits so long after it asked last: five of its longest pauses. */
const KEPT_MS = 250;

// One statement: the row is locked, so that of many at once one gets the turn. Times are those of the moment it was
// asked, before the lock. Nothing is written by one that only waits, but for its place every now and then.
const CLAIM = `with t as (select clock_timestamp() as now)
  insert into spreadsheet_writers as w (spreadsheet, holder, asked_at, held_until)
  select $1, $2::uuid, now, now + $3 * interval '1 millisecond' from t
  on conflict (spreadsheet) do update set
    holder = case when w.held_until < excluded.asked_at then excluded.holder else w.holder end,
    held_until = case when w.held_until < excluded.asked_at then excluded.held_until else w.held_until end,
    next_holder = case when w.held_until < excluded.asked_at then null else excluded.holder end,
    next_until = excluded.asked_at + interval '${KEPT_MS} milliseconds',
    asked_at = excluded.asked_at
  where FREE and (w.held_until < excluded.asked_at
    or w.next_holder is distinct from excluded.holder or w.next_until < excluded.asked_at + interval '${KEPT_MS / 2} milliseconds')
  returning holder = $2::uuid as mine`.replaceAll(
  'FREE',
  `(w.next_holder is null or w.next_holder = excluded.holder or w.next_until < excluded.asked_at)`,
);
const RELEASE = `update spreadsheet_writers set held_until = '-infinity' where spreadsheet = $1 and holder = $2`;
const WITHDRAW = `update spreadsheet_writers set next_holder = null where spreadsheet = $1 and next_holder = $2`;
const REMOVE = `delete from spreadsheet_writers where asked_at < $1`;

/** Turns over all replicas by leases in `spreadsheet_writers`: no session, no lock and no transaction is held. */
export const postgresSpreadsheetWriters = (deps: Deps): SpreadsheetWriters => ({
  hold: async (spreadsheetId, holdMs, waitMs) => {
    const until = deps.clock.monotonic() + waitMs;
    const turnHere = await deps.here.hold(spreadsheetId, waitMs + holdMs, waitMs);
    if (turnHere === 'busy') return 'busy';
    const row = createHash('sha256').update(spreadsheetId).digest();
    const holder = deps.ids.uuid();
    try {
      if (await claimed(deps, row, holder, holdMs, until)) return turn(deps, row, holder, turnHere);
    } catch (error) {
      await turnHere.release();
      throw error;
    }
    await turnHere.release();
    return 'busy';
  },
});

const claimed = async (
  { database, clock, sleep, random }: Deps,
  row: Buffer,
  holder: string,
  holdMs: number,
  until: number,
): Promise<boolean> => {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    const { rows } = await queryAsSystem<{ mine: boolean }>(database, CLAIM, [row, holder, holdMs]);
    if (rows[0]?.mine === true) return true;
    const left = until - clock.monotonic();
    if (left <= 0) break;
    await sleep(Math.min(left, pause * (0.5 + random() / 2)));
  }
  await queryAsSystem(database, WITHDRAW, [row, holder]);
  return false;
};

const turn = (
  { database, onNotReleased }: Deps,
  row: Buffer,
  holder: string,
  here: WriterTurn,
): WriterTurn => ({
  release: async () => {
    // When it fails, the lease runs out by itself.
    await queryAsSystem(database, RELEASE, [row, holder]).catch(onNotReleased);
    await here.release();
  },
});

/** Rows of spreadsheets nobody asked for since. */
export const removeIdleWriters = async (database: Pooled, askedBefore: number): Promise<number> =>
  (await queryAsSystem(database, REMOVE, [new Date(askedBefore)])).rowCount ?? 0;
