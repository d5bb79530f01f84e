import { CLOCKS_APART_MS, replayTurn } from '../../../domain/webhook/delivery/replay.ts';
import type { Database } from '../database.ts';
import { DELIVERY_COLUMNS, type DeliveryRow } from './delivery-row.ts';
import { REPLAY_COLUMNS, type ReplayRow } from './replay-row.ts';
import { sendReplayed } from './send-replayed.ts';
import { asSystem, queryAsSystem, type Session } from '../tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly now: () => number };
type Item = { readonly delivery_id: string; readonly received_at: Date };

export type Replayed = { readonly sent: number; readonly failed: number };

/** Most events in one transaction. */
const AT_ONCE = 50;

/**
 * A time too far ahead, in which `replayTurn` does not believe either, counts as due: no interval is longer than a
 * second.
 */
const RUNNING = `select id, next_at <= $1 or next_at > $2 as "isDue" from webhook_replays where state = 'running' order by id`;
const LONGEST_AHEAD_MS = CLOCKS_APART_MS + 1_000;
const LOCKED = `select ${REPLAY_COLUMNS} from webhook_replays where id = $1 and state = 'running'
  for update skip locked`;
const NEXT = `select delivery_id, received_at from webhook_replay_items
  where replay_id = $1 and position > $2 order by position limit $3`;
// Locked: waits for, or holds up, whoever else is publishing the delivery.
const DELIVERY = `select ${DELIVERY_COLUMNS} from webhook_deliveries
  where management_company_id = $1 and id = $2 and received_at = $3 for update`;
const PROGRESS = `update webhook_replays set done = done + $2, failed = failed + $3, next_at = $4,
    state = case when $5 then 'done' else state end, finished_at = case when $5 then $6::timestamptz end
  where id = $1`;
const LET_ITEMS_GO = 'delete from webhook_replay_items where replay_id = $1';

/** `isDue`: its next event may be sent now. */
export type RunningReplay = { readonly id: string; readonly isDue: boolean };

export const runningReplays = async ({ database, now }: Deps): Promise<readonly RunningReplay[]> => {
  const at = now();
  const values = [new Date(at), new Date(at + LONGEST_AHEAD_MS)];
  return (await queryAsSystem<RunningReplay>(database, RUNNING, values)).rows;
};

/**
 * Sends the events of a replay that are due now. Events and progress are committed together, under the lock of its row:
 * after a crash there are both or neither, and two processes never send the same events.
 */
export const stepReplay = ({ database, now }: Deps, id: string): Promise<Replayed> =>
  asSystem(database, async (session) => {
    const replay = (await session.query<ReplayRow>(LOCKED, [id])).rows[0];
    if (replay === undefined) return NOTHING;
    const at = now();
    const gone = replay.done + replay.failed;
    const left = Math.min(AT_ONCE, replay.total - gone);
    const turn = replayTurn(
      { ratePerSecond: replay.rate_per_second, nextAt: replay.next_at.getTime(), left },
      at,
    );
    if (turn.count === 0) return NOTHING;
    const { rows } = await session.query<Item>(NEXT, [id, gone, turn.count]);
    let sent = 0;
    for (const item of rows) if (await sendItem(session, replay, item, at)) sent += 1;
    // Items that are missing altogether would otherwise keep the replay running for ever.
    const failed = turn.count - sent;
    const isOver = gone + turn.count >= replay.total;
    await session.query(PROGRESS, [id, sent, failed, new Date(turn.nextAt), isOver, new Date(at)]);
    if (isOver) await session.query(LET_ITEMS_GO, [id]);
    return { sent, failed };
  });

const NOTHING: Replayed = { sent: 0, failed: 0 };

const sendItem = async (session: Session, replay: ReplayRow, item: Item, at: number): Promise<boolean> => {
  const values = [replay.management_company_id, item.delivery_id, item.received_at];
  const row = (await session.query<DeliveryRow>(DELIVERY, values)).rows[0];
  if (row === undefined) return false;
  return isOutByNow(replay, row) || (await sendReplayed(session, row, replay, at)) !== undefined;
};

/**
 * It was selected because it was waiting, but has been published since: its webhook is active again, or another replay
 * was faster.
 */
const isOutByNow = ({ filter: { state } }: ReplayRow, { published_at: publishedAt }: DeliveryRow): boolean =>
  state !== undefined && state !== 'accepted' && publishedAt !== null;
