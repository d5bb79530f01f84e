import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Clock, IdSource, Random, Sleep } from '../../../domain/shared/clock.ts';
import type { SpreadsheetWriters, WriterTurn } from '../../../domain/spreadsheet/spreadsheet-writers.ts';
import { isCutShort } from '../cut-short.ts';
import { isDependencyLost } from '../dependency-lost.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Pooled = { readonly pool: Pool };
type Deps = {
  readonly database: Pooled;
  /** Turns among the writers of this process: only one of them at a time asks the database. */
  readonly here: SpreadsheetWriters;
  readonly ids: IdSource;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  readonly random: Random;
  readonly onNotReleased: (error: unknown) => void;
};

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 50;
/** Pause between two attempts to record what was left under a turn. */
const TELL_AGAIN_MS = 100;
/** The next turn is reserved for a waiting writer this long after it last asked: five of its longest pauses. */
const KEPT_MS = 250;

// A single statement locks the row, so that one of many writers gets the turn. Times are those of the request, from
// before the lock. A writer that only waits writes nothing but, now and then, its reservation.
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
  returning holder = $2::uuid as mine, ragged_edge as "raggedEdge", ragged_cells as "raggedCells"`.replaceAll(
  'FREE',
  `(w.next_holder is null or w.next_holder = excluded.holder or w.next_until < excluded.asked_at)`,
);
// What was left is recorded even if the turn has expired and another writer has it: all later ones read it.
const RELEASE = `update spreadsheet_writers set
  held_until = case when holder = $2::uuid then '-infinity' else held_until end,
  ragged_edge = case when $3::boolean then $2::uuid else ragged_edge end,
  ragged_cells = case when $4::boolean then $2::uuid else ragged_cells end
  where spreadsheet = $1 and (holder = $2::uuid or $3::boolean or $4::boolean)`;
// The first attempt may have been carried out, and others may have left something since: so it applies only while the
// turn is still held.
const RELEASE_AGAIN = `${RELEASE} and holder = $2::uuid and held_until > '-infinity'`;
const WITHDRAW = `update spreadsheet_writers set next_holder = null where spreadsheet = $1 and next_holder = $2`;
/** How much longer a row is kept where ragged edges or cells were left. */
const EDGES_KNOWN_DAYS = 30;
const REMOVE = `delete from spreadsheet_writers where asked_at < $1
  and (coalesce(ragged_edge, ragged_cells) is null or asked_at < $1 - interval '${EDGES_KNOWN_DAYS} days')`;

type Ragged = { readonly raggedEdge: string | null; readonly raggedCells: string | null };
type Row = Ragged & { readonly mine: boolean };
/** The row of a spreadsheet, and the writer that asks for its turn. */
type Asked = { readonly row: Buffer; readonly holder: string };
type Claimed = Ragged & Pick<WriterTurn, 'ageMs'>;

/**
 * Turns of writers over all replicas, as leases in `spreadsheet_writers`: no session, lock or transaction is held
 * meanwhile.
 */
export const postgresSpreadsheetWriters = (deps: Deps): SpreadsheetWriters => ({
  hold: async (spreadsheet, holdMs, waitMs) => {
    const until = deps.clock.monotonic() + waitMs;
    const turnHere = await deps.here.hold(spreadsheet, waitMs + holdMs, waitMs);
    if (turnHere === 'busy') return 'busy';
    const asked: Asked = {
      row: createHash('sha256').update(spreadsheet).digest(),
      holder: deps.ids.uuid(),
    };
    try {
      const claim = await claimed(deps, asked, holdMs, until);
      if (claim !== undefined) return turn(deps, asked, turnHere, { ...claim, holdMs });
    } catch (error) {
      // The turn may be ours, and would make everybody wait until its lease expires.
      if (isCutShort(error)) await givenBack(deps, asked, { edge: false, cells: false }, 0);
      await turnHere.release();
      throw error;
    }
    await turnHere.release();
    return 'busy';
  },
});

const claimed = async (
  { database, clock, sleep, random }: Deps,
  { row, holder }: Asked,
  holdMs: number,
  until: number,
): Promise<Claimed | undefined> => {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    const asked = clock.monotonic();
    const { rows } = await queryAsSystem<Row>(database, CLAIM, [row, holder, holdMs]);
    if (rows[0]?.mine === true) return { ...rows[0], ageMs: clock.monotonic() - asked };
    const left = until - clock.monotonic();
    if (left <= 0) break;
    await sleep(Math.min(left, pause * (0.5 + random() / 2)));
  }
  await queryAsSystem(database, WITHDRAW, [row, holder]);
  return undefined;
};

/**
 * Gives the turn back. If that fails, the lease expires by itself, but the next writer would not know of rows that
 * begin with an empty cell, and would overwrite them. Until the lease is over nobody writes, and so long it is tried
 * again while the database is away.
 */
const givenBack = async (
  { database, clock, sleep, onNotReleased }: Deps,
  { row, holder }: Asked,
  leaves: { readonly edge: boolean; readonly cells: boolean },
  until: number,
): Promise<void> => {
  const mustBeKnown = leaves.edge || leaves.cells;
  for (let statement = RELEASE; ; statement = RELEASE_AGAIN)
    try {
      await queryAsSystem(database, statement, [row, holder, leaves.edge, leaves.cells]);
      return;
    } catch (error) {
      if (!mustBeKnown || !isDependencyLost(error) || clock.monotonic() >= until) return onNotReleased(error);
      await sleep(TELL_AGAIN_MS);
    }
};

const turn = (
  deps: Deps,
  asked: Asked,
  here: WriterTurn,
  claim: Claimed & { readonly holdMs: number },
): WriterTurn => {
  const endAt = deps.clock.monotonic() + claim.holdMs - claim.ageMs;
  const leaves = { edge: false, cells: false };
  return {
    ageMs: claim.ageMs,
    raggedEdge: claim.raggedEdge ?? undefined,
    raggedCells: claim.raggedCells ?? undefined,
    leavesRaggedEdge: () => void (leaves.edge = true),
    leavesRaggedCells: () => void (leaves.cells = true),
    release: async () => {
      const told = { ...leaves };
      // Only once: recorded again, it would replace what others have left since.
      Object.assign(leaves, { edge: false, cells: false });
      await givenBack(deps, asked, told, endAt);
      await here.release();
    },
  };
};

/** Deletes rows of spreadsheets for whose turn nobody has asked since. */
export const removeIdleWriters = async (database: Pooled, askedBefore: number): Promise<number> =>
  (await queryAsSystem(database, REMOVE, [new Date(askedBefore)])).rowCount ?? 0;
