import type { Clock } from '../../../domain/shared/clock.ts';
import { eachByItself } from '../../system/each-by-itself.ts';
import type { Database } from '../database.ts';
import { deliveryTables, webhookRejections } from '../partitions/daily-tables.ts';
import { letDaysGo } from '../partitions/drop-old-partitions.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Called with the number of deliveries that came while their webhook was paused, and were never published. */
  readonly onHeldGone: (deliveries: number) => void;
};

const DELIVERY_DAYS = 30;
const REJECTION_DAYS = 7;
const DAY_MS = 86_400_000;
const CLAIMS = removal('webhook_dedupe', 'expires_at < $1');
const REPLAYS = removal('webhook_replays', 'finished_at < $1');
const COUNTS = removal('webhook_rejection_counts', 'minute < $1');

/**
 * Deletes deliveries and ended replays after 30 days, refusals after 7, and claims when they expire. If something has
 * to stay, the rest is deleted all the same; rejects with the first failure.
 */
export const dropOldDeliveries = (deps: Deps): Promise<void> => {
  const daysAgo = (days: number): number => deps.clock.now() - days * DAY_MS;
  const letDeliveriesGo = () =>
    eachByItself(deliveryTables, (table) => letDaysGo(deps, DELIVERY_DAYS, table));
  return eachByItself(
    [
      () => tellingOfHeld(deps, daysAgo(DELIVERY_DAYS), letDeliveriesGo),
      () => letDaysGo(deps, REJECTION_DAYS, webhookRejections),
      () => removeInTurns(deps.database, CLAIMS, daysAgo(0)),
      () => removeInTurns(deps.database, REPLAYS, daysAgo(DELIVERY_DAYS)),
      () => removeInTurns(deps.database, COUNTS, daysAgo(REJECTION_DAYS)),
    ],
    (letGo) => letGo(),
  );
};

// Reads one or two partitions, and of those only the index over held deliveries.
const HELD = `select count(*)::int as held from webhook_deliveries where state = 'held' and received_at < $1`;

/**
 * Counts held deliveries before and after, and so also reports those deleted although something else had to stay. If
 * they cannot be counted, they are deleted all the same.
 */
const tellingOfHeld = (
  { database, onHeldGone }: Deps,
  before: number,
  letGo: () => Promise<void>,
): Promise<void> => {
  const held = async (): Promise<number> => {
    const { rows } = await queryAsSystem<{ held: number }>(database, HELD, [new Date(before)]);
    return rows[0]?.held ?? 0;
  };
  let was = 0;
  const look = async (): Promise<void> => void (was = await held());
  const tell = async (): Promise<void> => {
    const gone = was === 0 ? 0 : was - (await held());
    if (gone > 0) onHeldGone(gone);
  };
  return eachByItself([look, letGo, tell], (step) => step());
};
