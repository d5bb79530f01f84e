import { LRUCache } from 'lru-cache';
import type { DeliverySpool } from '../../../application/webhooks/delivery-spool.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { eachByItself } from '../../system/each-by-itself.ts';
import type { Database } from '../database.ts';
import { DELIVERY_COLUMNS, type DeliveryRow } from './delivery-row.ts';
import { publishKept, type Parked } from './publish-kept.ts';
import { asSystem, queryAsSystem, queryInTenant, type Session } from '../tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly clock: Pick<Clock, 'monotonic'> };
type Count = { events: number; bytes: number; readonly lookedAt: number };
type Waiting = Count & { readonly isBehind: boolean };

const MOST_EVENTS = 10_000;
const MOST_BYTES = 256 * 1024 * 1024;
/** Milliseconds a count is believed; what this process adds meanwhile is counted along. */
const COUNT_AGE_MS = 1_000;
const MOST_TENANTS = 1_000;
/** The spool is looked through every second: who waits longer waits for the rate. */
const BEHIND_SECONDS = 3;
/** Deliveries published in one transaction. */
const AT_ONCE = 50;

const COUNT = `select count(*)::integer as events, coalesce(sum(raw_size), 0)::float8 as bytes,
  coalesce((select received_at from webhook_deliveries where management_company_id = $1 and state = 'spooled'
    order by id limit 1) < now() - interval '${BEHIND_SECONDS} seconds', false) as "isBehind" from (
  select raw_size from webhook_deliveries
  where management_company_id = $1 and state = 'spooled' limit ${MOST_EVENTS}) as waiting`;

// Of one webhook, while it is paused. Within the rate it may hold more.
const COUNT_HELD = `select count(*)::integer as events, coalesce(sum(raw_size), 0)::float8 as bytes from (
  select raw_size from webhook_deliveries
  where management_company_id = $1 and webhook_id = $2 and state = 'held' limit ${MOST_EVENTS}) as holding`;

/** What waits is what `webhook_deliveries` calls spooled. */
export const postgresDeliverySpool = ({ database, clock }: Deps): DeliverySpool => {
  const known = new LRUCache<TenantId, Waiting>({ max: MOST_TENANTS });
  const knownHeld = new LRUCache<string, Count>({ max: MOST_TENANTS });
  const isFresh = ({ lookedAt }: Count): boolean => clock.monotonic() - lookedAt < COUNT_AGE_MS;
  const waitingOf = async (tenant: TenantId): Promise<Waiting> => {
    const before = known.get(tenant);
    if (before !== undefined && isFresh(before)) return before;
    const lookedAt = clock.monotonic();
    const { rows } = await queryInTenant<Omit<Waiting, 'lookedAt'>>(database, tenant, COUNT, [tenant]);
    const waiting = { events: 0, bytes: 0, isBehind: false, ...rows[0], lookedAt };
    known.set(tenant, waiting);
    return waiting;
  };
  const heldBy = async (tenant: TenantId, webhook: string): Promise<Count> => {
    const before = knownHeld.get(webhook);
    if (before !== undefined && isFresh(before)) return before;
    const lookedAt = clock.monotonic();
    const { rows } = await queryInTenant<Count>(database, tenant, COUNT_HELD, [tenant, webhook]);
    const held = { events: 0, bytes: 0, ...rows[0], lookedAt };
    knownHeld.set(webhook, held);
    return held;
  };
  return {
    isBehind: async (tenant) => {
      // Of a tenant that was not over its rate lately nothing is asked.
      const before = known.get(tenant);
      return before !== undefined && before.events > 0 && (await waitingOf(tenant)).isBehind;
    },
    hasRoom: async (tenant, bytes, paused) => {
      const waiting = await waitingOf(tenant);
      const held = paused === undefined ? undefined : await heldBy(tenant, paused);
      const { events, bytes: heldBytes } = held ?? NONE;
      if (waiting.events + events >= MOST_EVENTS) return false;
      if (waiting.bytes + heldBytes + bytes > MOST_BYTES) return false;
      const grown = held ?? waiting;
      grown.events += 1;
      grown.bytes += bytes;
      return true;
    },
  };
};

const NONE = { events: 0, bytes: 0 };

// What a webhook has waiting when it is paused waits as what arrives then does.
const HOLD_PAUSED = `update webhook_deliveries set state = 'held'
  where management_company_id = $1 and state = 'spooled' and webhook_id in (
    select id from webhook_configs where management_company_id = $1 and status = 'paused')`;

/** Tenants with spooled deliveries. */
const TENANTS = `select distinct management_company_id as tenant from webhook_deliveries where state = 'spooled'`;
const OLDEST = `select ${DELIVERY_COLUMNS} from webhook_deliveries
  where management_company_id = $1 and state = 'spooled' order by id limit $2 for update`;

// From tenant to tenant along the index, however many deliveries of each of them wait.
const AGE = `with recursive waiting as (
    (select management_company_id as tenant from webhook_deliveries where state = 'spooled'
      order by management_company_id limit 1)
    union all
    select (select later.management_company_id from webhook_deliveries as later
      where later.state = 'spooled' and later.management_company_id > waiting.tenant
      order by later.management_company_id limit 1)
    from waiting where waiting.tenant is not null)
  select coalesce(extract(epoch from now() - min(oldest.received_at)), 0)::float8 as age
  from waiting cross join lateral (
    select received_at from webhook_deliveries
    where state = 'spooled' and management_company_id = waiting.tenant order by id limit 1) as oldest`;

/** Seconds that the oldest of all tenants has waited; 0 when none waits. For the metrics, so it costs little. */
export const spoolAgeSeconds = async (database: Pick<Database, 'pool'>): Promise<number> => {
  const { rows } = await queryAsSystem<{ age: number }>(database, AGE, []);
  return Math.max(0, rows[0]?.age ?? 0);
};

export type SpoolDrain = {
  readonly database: Pick<Database, 'pool'>;
  /** One more of this tenant may go out now. */
  readonly mayPublish: (tenant: TenantId) => Promise<boolean>;
  readonly onPublished: () => void;
  readonly onParked: (parked: Parked) => void;
};

/** Whether there is anything to drain: costs less than the turn to do so. */
export const isSpoolEmpty = async (database: Pick<Database, 'pool'>): Promise<boolean> =>
  (await queryAsSystem(database, `${TENANTS} limit 1`, [])).rowCount === 0;

/**
 * Gives spooled deliveries to the bus, oldest first, as far as the rate of their tenants lets them go; none of paused
 * webhooks.
 */
export const drainSpool = async (drain: SpoolDrain): Promise<void> => {
  const { rows } = await queryAsSystem<{ tenant: TenantId }>(drain.database, TENANTS, []);
  await eachByItself(rows, async ({ tenant }) => {
    let taken: number;
    do taken = await drainSome(drain, tenant);
    while (taken === AT_ONCE);
  });
};

const drainSome = async (drain: SpoolDrain, tenant: TenantId): Promise<number> => {
  const { database, onPublished, onParked } = drain;
  const { published, parked } = await asSystem(database, (session) => publishSome(session, drain, tenant));
  if (published > 0) onPublished();
  for (const one of parked) onParked(one);
  return published + parked.length;
};

const publishSome = async (
  session: Session,
  { mayPublish }: SpoolDrain,
  tenant: TenantId,
): Promise<{ readonly published: number; readonly parked: readonly Parked[] }> => {
  await session.query(HOLD_PAUSED, [tenant]);
  const { rows } = await session.query<DeliveryRow>(OLDEST, [tenant, AT_ONCE]);
  const parked: Parked[] = [];
  let published = 0;
  for (const row of rows) {
    if (!(await mayPublish(tenant))) break;
    const bad = await publishKept(session, row);
    if (bad === undefined) published += 1;
    else parked.push(bad);
  }
  return { published, parked };
};
