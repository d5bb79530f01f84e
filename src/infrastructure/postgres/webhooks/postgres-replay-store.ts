import type { ReplayPlan, ReplayedOne, ReplayStore } from '../../../domain/webhook/delivery/replay-store.ts';
import {
  isReplayable,
  MOST_REPLAYED,
  MOST_RUNNING_REPLAYS,
  replayableStates,
  type ReplayFilter,
} from '../../../domain/webhook/delivery/replay.ts';
import type { KeptState } from '../../../domain/webhook/delivery/received-delivery.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import type { Database } from '../database.ts';
import { DELIVERY_COLUMNS, type DeliveryRow } from './delivery-row.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { DELIVERIES_FILTERED, deliveryFilterParameters } from './postgres-delivery-reader.ts';
import { REPLAY_COLUMNS, replayFromRow, type ReplayRow } from './replay-row.ts';
import { sendReplayed } from './send-replayed.ts';
import { inTenant, readInTenant, type Session } from '../tenant-session.ts';

type Deps = Pick<Database, 'pool'>;

const STATES = replayableStates.map((state) => `'${state}'`).join(', ');
const REPLAYABLE = `from webhook_deliveries
  where ${DELIVERIES_FILTERED} and state in (${STATES}) and received_at <= $10`;

const COUNT = `select count(*)::float8 as count ${REPLAYABLE}`;

const PLAN = `
  with chosen as materialized (
    select id, received_at, row_number() over (order by received_at, id) as position
    from (select id, received_at ${REPLAYABLE} order by received_at, id limit ${MOST_REPLAYED + 1}) as oldest
  ), items as (
    insert into webhook_replay_items (replay_id, position, management_company_id, delivery_id, received_at)
    select $11::uuid, position, $1, id, received_at from chosen
    where (select count(*) from chosen) <= ${MOST_REPLAYED}
  )
  insert into webhook_replays (id, management_company_id, requested_by, reason, filter, state, total,
    rate_per_second, next_at, created_at, finished_at)
  select $11::uuid, $1, $12, $13, $14, case when count(*) = 0 then 'done' else 'running' end, count(*),
    $15, $10, $10, case when count(*) = 0 then $10::timestamptz end
  from chosen having count(*) <= ${MOST_REPLAYED}
  returning ${REPLAY_COLUMNS}`;

// Plans of one tenant are serialised by an advisory lock, or two at once would both find room. The first number is
// "repl".
const ONE_AT_A_TIME = 'select pg_advisory_xact_lock(1919250540, hashtext($1))';
const RUNNING = `select count(*)::integer as running from webhook_replays
  where management_company_id = $1 and state = 'running'`;

const LIST = `
  select ${REPLAY_COLUMNS} from webhook_replays
  where management_company_id = $1
    and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
  order by created_at desc, id desc limit $4`;
const BY_ID = `select ${REPLAY_COLUMNS} from webhook_replays where management_company_id = $1 and id = $2`;
// Waits for events under way, so that the answer tells what was really sent.
const CANCEL = `update webhook_replays set state = 'cancelled', finished_at = $3
  where management_company_id = $1 and id = $2 and state = 'running'`;
const LET_ITEMS_GO = 'delete from webhook_replay_items where management_company_id = $1 and replay_id = $2';

// Locked, since the webhook may be publishing what it held at the same time: whoever comes first sends it.
const DELIVERY = `select ${DELIVERY_COLUMNS} from webhook_deliveries
  where management_company_id = $1 and id = $2 for update`;
const DONE_AT_ONCE = `
  insert into webhook_replays (id, management_company_id, requested_by, reason, filter, state, total, done,
    rate_per_second, next_at, created_at, finished_at)
  values ($1, $2, $3, $4, $5, 'done', 1, 1, 1, $6, $6, $6) returning ${REPLAY_COLUMNS}`;

/** Replays in `webhook_replays`, and the deliveries of each in `webhook_replay_items` while it runs. */
export const postgresReplayStore = (database: Deps): ReplayStore => ({
  count: async (tenant, filter, at) => {
    const values = [...deliveryFilterParameters(tenant, filter), new Date(at)];
    const { rows } = await readInTenant<{ readonly count: number }>(database, tenant, COUNT, values);
    return rows[0]?.count ?? 0;
  },
  plan: (tenant, filter, ratePerSecond, plan) =>
    inTenant(database, tenant, async (session) => {
      await session.query(ONE_AT_A_TIME, [tenant]);
      const { rows: counts } = await session.query<{ readonly running: number }>(RUNNING, [tenant]);
      if ((counts[0]?.running ?? 0) >= MOST_RUNNING_REPLAYS) return { kind: 'too-many-running' };
      const { rows } = await session.query<ReplayRow>(PLAN, [
        ...deliveryFilterParameters(tenant, filter),
        new Date(plan.at),
        plan.id,
        plan.requestedBy,
        plan.reason ?? null,
        JSON.stringify(filter),
        ratePerSecond,
      ]);
      return rows[0] === undefined
        ? { kind: 'too-many' }
        : { kind: 'planned', replay: replayFromRow(rows[0]) };
    }),
  one: (tenant, deliveryId, plan) =>
    inTenant(database, tenant, (session) => replayOne(session, tenant, deliveryId, plan)),
  list: async (tenant, page) => {
    const values = [tenant, ...positionParameters(page), rowsToRead(page)];
    const { rows } = await readInTenant<ReplayRow>(database, tenant, LIST, values);
    return pageOf(rows.map(replayFromRow), page, ({ createdAt, id }) => ({ at: createdAt, id }));
  },
  byId: async (tenant, id) => {
    if (!isUuid(id)) return undefined;
    const { rows } = await readInTenant<ReplayRow>(database, tenant, BY_ID, [tenant, id]);
    return rows[0] && replayFromRow(rows[0]);
  },
  cancel: async (tenant, id, at) => {
    if (!isUuid(id)) return undefined;
    return inTenant(database, tenant, async (session) => {
      const { rowCount } = await session.query(CANCEL, [tenant, id, new Date(at)]);
      if (rowCount === 1) await session.query(LET_ITEMS_GO, [tenant, id]);
      const { rows } = await session.query<ReplayRow>(BY_ID, [tenant, id]);
      return rows[0] && replayFromRow(rows[0]);
    });
  },
});

const replayOne = async (
  session: Session,
  tenant: TenantId,
  deliveryId: string,
  { id, requestedBy, reason, at }: ReplayPlan,
): Promise<ReplayedOne> => {
  if (!isUuid(deliveryId)) return { kind: 'unknown' };
  const found = (await session.query<DeliveryRow>(DELIVERY, [tenant, deliveryId])).rows[0];
  if (found === undefined) return { kind: 'unknown' };
  const state = found.state as KeptState;
  if (!isReplayable(state)) return { kind: 'not-replayable', state };
  const sender = { id, management_company_id: tenant, requested_by: requestedBy, reason: reason ?? null };
  const eventId = await sendReplayed(session, found, sender, at);
  if (eventId === undefined) return { kind: 'unknown' };
  const filter: ReplayFilter = { deliveryId };
  const values = [id, tenant, requestedBy, reason ?? null, JSON.stringify(filter), new Date(at)];
  const { rows } = await session.query<ReplayRow>(DONE_AT_ONCE, values);
  if (rows[0] === undefined) throw new Error('a replay was not written');
  return { kind: 'replayed', replay: replayFromRow(rows[0]), eventId };
};
