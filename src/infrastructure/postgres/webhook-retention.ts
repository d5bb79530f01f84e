import type { Clock } from '../../domain/shared/clock.ts';
import { eachByItself } from '../system/each-by-itself.ts';
import type { Database } from './database.ts';
import { deliveryTables, webhookRejections } from './daily-tables.ts';
import { letDaysGo } from './drop-old-partitions.ts';
import { removal, removeInTurns } from './remove-in-turns.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly clock: Pick<Clock, 'now'> };

const DELIVERY_DAYS = 30;
const REJECTION_DAYS = 7;
const DAY_MS = 86_400_000;
const CLAIMS = removal('webhook_dedupe', 'expires_at < $1');
const REPLAYS = removal('webhook_replays', 'finished_at < $1');
const COUNTS = removal('webhook_rejection_counts', 'minute < $1');

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
      () => removeInTurns(deps.database, CLAIMS, daysAgo(0)),
      () => removeInTurns(deps.database, REPLAYS, daysAgo(DELIVERY_DAYS)),
      () => removeInTurns(deps.database, COUNTS, daysAgo(REJECTION_DAYS)),
    ],
    (letGo) => letGo(),
  );
};
