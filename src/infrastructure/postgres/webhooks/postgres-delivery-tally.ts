import type { DeliveryTally, TalliedDelivery } from '../../../application/webhooks/delivery-tally.ts';
import { WrittenTogether } from '../../system/written-together.ts';
import type { Database } from '../database.ts';
import { asSystem } from '../tenant-session.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly onFailed: (error: unknown, waiting: number) => void;
  readonly onWritten?: () => void;
};

// Rows are locked in one order, so that two replicas cannot deadlock.
const WEBHOOKS = `with entry as materialized (
    select * from jsonb_to_recordset($1) as entry (id uuid, received integer, successful integer, failed integer,
      received_at float8, rejected_at float8, previous_uses integer, previous_at float8)
  ), locked as materialized (
    select id from webhook_configs where id in (select id from entry) order by id for no key update
  )
  update webhook_configs as webhook set
    total_received = total_received + entry.received,
    total_successful = total_successful + entry.successful,
    total_failed = total_failed + entry.failed,
    last_received_at = greatest(last_received_at, to_timestamp(entry.received_at / 1000)),
    last_rejected_at = greatest(last_rejected_at, to_timestamp(entry.rejected_at / 1000)),
    previous_token_uses = previous_token_uses + entry.previous_uses,
    previous_token_used_at = greatest(previous_token_used_at, to_timestamp(entry.previous_at / 1000))
  from entry join locked using (id) where webhook.id = entry.id`;
const SECRETS = `with entry as materialized (
    select * from jsonb_to_recordset($1) as entry (webhook_id uuid, version integer, matches integer, matched_at float8)
  ), locked as materialized (
    select webhook_id, version from webhook_secrets
    where (webhook_id, version) in (select webhook_id, version from entry)
    order by webhook_id, version for no key update
  )
  update webhook_secrets as secret set
    match_count = match_count + entry.matches,
    last_matched_at = greatest(last_matched_at, to_timestamp(entry.matched_at / 1000))
  from entry join locked using (webhook_id, version)
  where secret.webhook_id = entry.webhook_id and secret.version = entry.version`;

export type PostgresDeliveryTally = DeliveryTally & { readonly flush: () => Promise<void> };

/** Totals of `webhook_configs` and uses of `webhook_secrets`, accumulated for a tenth of a second. */
export const postgresDeliveryTally = ({ database, ...told }: Deps): PostgresDeliveryTally => {
  const written = new WrittenTogether<TalliedDelivery>({
    ...told,
    write: (deliveries) => write(database, deliveries),
  });
  return { count: (delivery) => written.add(delivery), flush: () => written.flush() };
};

const write = (database: Pick<Database, 'pool'>, deliveries: readonly TalliedDelivery[]): Promise<void> =>
  asSystem(database, async (session) => {
    await session.query(`set local synchronous_commit = 'off'`);
    await session.query(WEBHOOKS, [JSON.stringify(totalsOf(deliveries))]);
    const matches = matchesOf(deliveries);
    if (matches.length > 0) await session.query(SECRETS, [JSON.stringify(matches)]);
  });

const totalsOf = (deliveries: readonly TalliedDelivery[]) =>
  grouped(deliveries, ({ webhookId }) => webhookId).map((all) => {
    const successes = all.filter(({ accepted }) => accepted);
    const failures = all.filter(({ accepted }) => !accepted);
    const previous = all.filter(({ toPreviousAddress }) => toPreviousAddress);
    return {
      id: all[0]?.webhookId,
      received: all.length,
      successful: successes.length,
      failed: failures.length,
      received_at: latest(all),
      rejected_at: latest(failures),
      previous_uses: previous.length,
      previous_at: latest(previous),
    };
  });

const matchesOf = (deliveries: readonly TalliedDelivery[]) =>
  grouped(
    deliveries.filter(({ secretVersion }) => secretVersion !== undefined),
    ({ webhookId, secretVersion }) => `${webhookId} ${secretVersion}`,
  ).map((all) => ({
    webhook_id: all[0]?.webhookId,
    version: all[0]?.secretVersion,
    matches: all.length,
    matched_at: latest(all),
  }));

const grouped = (
  deliveries: readonly TalliedDelivery[],
  by: (delivery: TalliedDelivery) => string,
): readonly (readonly TalliedDelivery[])[] => [...Map.groupBy(deliveries, by).values()];

const latest = (deliveries: readonly TalliedDelivery[]): number | null =>
  deliveries.length === 0 ? null : deliveries.reduce((most, { at }) => Math.max(most, at), 0);
