import type { Clock } from '../../domain/shared/clock.ts';
import { eachByItself } from '../system/each-by-itself.ts';
import type { Database } from './database.ts';
import { deliveryTables, webhookRejections } from './daily-tables.ts';
import { letDaysGo } from './drop-old-partitions.ts';
import { queryAsSystem } from './tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly clock: Pick<Clock, 'now'> };

const DELIVERY_DAYS = 30;
const REJECTION_DAYS = 7;
const DAY_MS = 86_400_000;
/** A statement's worth; replicas that do the same at the same time share the rows. */
const AT_ONCE = 5_000;

const batch = (table: string, condition: string): string =>
  `delete from ${table} where ctid = any (array (
    select ctid from ${table} where ${condition} limit ${AT_ONCE} for update skip locked))`;
const CLAIMS = batch('webhook_dedupe', 'expires_at < $1');
const REPLAYS = batch('webhook_replays', 'finished_at < $1');
const COUNTS = batch('webhook_rejection_counts', 'minute < $1');

/**
 * Lets go of deliveries and ended replays after 30 days, of refusals after 7, of claims when they have run out.
 * Whatever has to stay, the rest goes; rejects with the first failure.
 */
export const dropOldDeliveries = (deps: Deps): Promise<void> => {
  const daysAgo = (days: number): number => deps.clock.now() - days * DAY_MS;
  return eachByItself(
    [
      ...deliveryTables.map((table) => () => letDaysGo(deps, DELIVERY_DAYS, table)),
      () => letDaysGo(deps, REJECTION_DAYS, webhookRejections),
      () => removeAll(deps, CLAIMS, daysAgo(0)),
      () => removeAll(deps, REPLAYS, daysAgo(DELIVERY_DAYS)),
      () => removeAll(deps, COUNTS, daysAgo(REJECTION_DAYS)),
    ],
    (letGo) => letGo(),
  );
};

const removeAll = async ({ database }: Deps, statement: string, before: number): Promise<void> => {
  for (;;) {
    const { rowCount } = await queryAsSystem(database, statement, [new Date(before)]);
    if ((rowCount ?? 0) < AT_ONCE) return;
  }
};
