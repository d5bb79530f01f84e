import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { eachByItself } from '../../system/each-by-itself.ts';
import type { Database } from '../database.ts';
import { DELIVERY_COLUMNS, type DeliveryRow } from './delivery-row.ts';
import { publishKept, type Parked } from './publish-kept.ts';
import { asSystem, queryAsSystem, type Session } from '../tenant-session.ts';

/** Most deliveries published in one transaction. */
const AT_ONCE = 50;

// What a webhook had spooled before it was paused is held, together with what arrives while it is.
const HOLD_PAUSED = `update webhook_deliveries set state = 'held'
  where management_company_id = $1 and state = 'spooled' and webhook_id in (
    select id from webhook_configs where management_company_id = $1 and status = 'paused')`;

/** Tenants with spooled deliveries. */
const TENANTS = `select distinct management_company_id as tenant from webhook_deliveries where state = 'spooled'`;
const OLDEST = `select ${DELIVERY_COLUMNS} from webhook_deliveries
  where management_company_id = $1 and state = 'spooled' order by id limit $2 for update`;

// Skips from tenant to tenant along the index (a loose index scan), however many deliveries each of them has waiting.
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

/**
 * Age in seconds of the oldest waiting delivery of all tenants; 0 when none waits. For the metrics, so it must be
 * cheap.
 */
export const spoolAgeSeconds = async (database: Pick<Database, 'pool'>): Promise<number> => {
  const { rows } = await queryAsSystem<{ age: number }>(database, AGE, []);
  return Math.max(0, rows[0]?.age ?? 0);
};

export type SpoolDrain = {
  readonly database: Pick<Database, 'pool'>;
  /** Whether one more delivery of this tenant may be published now. */
  readonly mayPublish: (tenant: TenantId) => Promise<boolean>;
  readonly onPublished: () => void;
  readonly onParked: (parked: Parked) => void;
};

/** Whether the spool is empty; cheaper than taking the lock to drain it. */
export const isSpoolEmpty = async (database: Pick<Database, 'pool'>): Promise<boolean> =>
  (await queryAsSystem(database, `${TENANTS} limit 1`, [])).rowCount === 0;

/** Publishes spooled deliveries, oldest first, as far as their tenants' rate limits allow; none of paused webhooks. */
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
