import { LRUCache } from 'lru-cache';
import type { DeliverySpool } from '../../../application/webhooks/delivery-spool.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Database } from '../database.ts';
import { queryInTenant } from '../tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly clock: Pick<Clock, 'monotonic'> };
type Count = { events: number; bytes: number; readonly lookedAt: number };
type Waiting = Count & { readonly isBehind: boolean };

const MOST_EVENTS = 10_000;
const MOST_BYTES = 256 * 1024 * 1024;
/** Milliseconds for which a count is trusted; what this process adds meanwhile is added to it. */
const COUNT_AGE_MS = 1_000;
const MOST_TENANTS = 1_000;
/** The spool is drained every second, so a delivery older than this is waiting for its rate limit. */
const BEHIND_SECONDS = 3;

const COUNT = `select count(*)::integer as events, coalesce(sum(raw_size), 0)::float8 as bytes,
  coalesce((select received_at from webhook_deliveries where management_company_id = $1 and state = 'spooled'
    order by id limit 1) < now() - interval '${BEHIND_SECONDS} seconds', false) as "isBehind" from (
  select raw_size from webhook_deliveries
  where management_company_id = $1 and state = 'spooled' limit ${MOST_EVENTS}) as waiting`;

// Counts what a paused webhook holds. It holds everything within the rate limit, so there may be more than the limit of
// this count.
const COUNT_HELD = `select count(*)::integer as events, coalesce(sum(raw_size), 0)::float8 as bytes from (
  select raw_size from webhook_deliveries
  where management_company_id = $1 and webhook_id = $2 and state = 'held' limit ${MOST_EVENTS}) as holding`;

/** A delivery is waiting when its state in `webhook_deliveries` is `spooled`. */
export const postgresDeliverySpool = ({ database, clock }: Deps): DeliverySpool => {
  const waiting = new LRUCache<TenantId, Waiting>({ max: MOST_TENANTS });
  const held = new LRUCache<string, Count>({ max: MOST_TENANTS });
  const counted = async <K extends string, C extends Count>(
    known: LRUCache<K, C>,
    key: K,
    countAsOf: (lookedAt: number) => Promise<C>,
  ): Promise<C> => {
    const before = known.get(key);
    if (before !== undefined && clock.monotonic() - before.lookedAt < COUNT_AGE_MS) return before;
    const now = await countAsOf(clock.monotonic());
    known.set(key, now);
    return now;
  };
  const waitingOf = (tenant: TenantId): Promise<Waiting> =>
    counted(waiting, tenant, async (lookedAt) => {
      const { rows } = await queryInTenant<Omit<Waiting, 'lookedAt'>>(database, tenant, COUNT, [tenant]);
      return { ...NONE, isBehind: false, ...rows[0], lookedAt };
    });
  const heldBy = (tenant: TenantId, webhook: string): Promise<Count> =>
    counted(held, webhook, async (lookedAt) => {
      const { rows } = await queryInTenant<Count>(database, tenant, COUNT_HELD, [tenant, webhook]);
      return { ...NONE, ...rows[0], lookedAt };
    });
  return {
    isBehind: async (tenant) => {
      // Asks nothing about a tenant that has not exceeded its rate recently.
      const before = waiting.get(tenant);
      return before !== undefined && before.events > 0 && (await waitingOf(tenant)).isBehind;
    },
    hasRoom: async (tenant, bytes, paused) => {
      const spooled = await waitingOf(tenant);
      const holding = paused === undefined ? undefined : await heldBy(tenant, paused);
      const { events, bytes: heldBytes } = holding ?? NONE;
      if (spooled.events + events >= MOST_EVENTS) return false;
      if (spooled.bytes + heldBytes + bytes > MOST_BYTES) return false;
      const grown = holding ?? spooled;
      grown.events += 1;
      grown.bytes += bytes;
      return true;
    },
  };
};

const NONE = { events: 0, bytes: 0 };
