import type { DeliveryRejection, RejectionLog } from '../../../application/webhooks/rejection-log.ts';
import type { IdSource } from '../../../domain/shared/clock.ts';
import { WrittenTogether } from '../../system/written-together.ts';
import type { Database } from '../database.ts';
import { asSystem } from '../tenant-session.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly ids: IdSource;
  readonly onFailed: (error: unknown, waiting: number) => void;
  readonly onWritten?: () => void;
};

/** A refusal with a row of its own, or one that is only counted (no id). */
type Entry = DeliveryRejection & { readonly id: string | undefined };

const MINUTE_MS = 60_000;
const LISTED_A_MINUTE = 60;

const LIST = `insert into webhook_rejections (id, management_company_id, webhook_id, rejected_at, reason, detail,
    client_ip, method, headers, body_sha256, raw_size, request_id)
  select id, tenant, webhook_id, to_timestamp(rejected_at / 1000), reason, detail,
    client_ip, method, headers, decode(body_sha256, 'hex'), raw_size, request_id
  from jsonb_to_recordset($1) as entry (id uuid, tenant text, webhook_id uuid, rejected_at float8, reason text,
    detail jsonb, client_ip text, method text, headers jsonb, body_sha256 text, raw_size integer, request_id text)`;
const COUNT = `insert into webhook_rejection_counts as known (webhook_id, minute, management_company_id, unlisted)
  select webhook_id, to_timestamp(minute / 1000), tenant, unlisted
  from jsonb_to_recordset($1) as entry (webhook_id uuid, minute float8, tenant text, unlisted integer)
  order by webhook_id, minute
  on conflict (webhook_id, minute) do update set unlisted = known.unlisted + excluded.unlisted`;

export type PostgresRejectionLog = RejectionLog & { readonly flush: () => Promise<void> };

/** Stores refusals in `webhook_rejections`, 60 per webhook and minute in each process, and counts the others. */
export const postgresRejectionLog = ({ database, ids, ...told }: Deps): PostgresRejectionLog => {
  const written = new WrittenTogether<Entry>({ ...told, write: (entries) => write(database, entries) });
  const listed = new Map<string, number>();
  let minute = 0;
  return {
    note: (rejection) => {
      const now = minuteOf(rejection);
      if (now !== minute) {
        listed.clear();
        minute = now;
      }
      const count = (listed.get(rejection.webhookId) ?? 0) + 1;
      listed.set(rejection.webhookId, count);
      written.add({ ...rejection, id: count > LISTED_A_MINUTE ? undefined : ids.uuid() });
    },
    flush: () => written.flush(),
  };
};

const minuteOf = ({ rejectedAt }: DeliveryRejection): number =>
  Math.floor(rejectedAt / MINUTE_MS) * MINUTE_MS;

const write = (database: Pick<Database, 'pool'>, entries: readonly Entry[]): Promise<void> =>
  asSystem(database, async (session) => {
    await session.query(`set local synchronous_commit = 'off'`);
    const rows = entries.filter(({ id }) => id !== undefined).map(rowOf);
    if (rows.length > 0) await session.query(LIST, [JSON.stringify(rows)]);
    const counts = countsOf(entries.filter(({ id }) => id === undefined));
    if (counts.length > 0) await session.query(COUNT, [JSON.stringify(counts)]);
  });

const rowOf = (entry: Entry) => ({
  id: entry.id,
  tenant: entry.tenantId,
  webhook_id: entry.webhookId,
  rejected_at: entry.rejectedAt,
  reason: entry.reason,
  detail: entry.detail,
  client_ip: entry.clientAddress,
  method: entry.method,
  headers: entry.headers,
  body_sha256: entry.bodySha256,
  raw_size: entry.size,
  request_id: entry.requestId,
});

const countsOf = (entries: readonly Entry[]) => {
  const counts = new Map<string, { webhook_id: string; minute: number; tenant: string; unlisted: number }>();
  for (const entry of entries) {
    const minute = minuteOf(entry);
    const key = `${entry.webhookId} ${minute}`;
    const known = counts.get(key);
    if (known === undefined)
      counts.set(key, { webhook_id: entry.webhookId, minute, tenant: entry.tenantId, unlisted: 1 });
    else known.unlisted += 1;
  }
  return [...counts.values()];
};
