import type {
  DeliveryBody,
  DeliveryDetails,
  DeliveryFilter,
  DeliveryReader,
  DeliveryRepeats,
} from '../../domain/webhook/delivery-reader.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { isUuid } from '../../domain/shared/uuid.ts';
import type { Database } from './database.ts';
import { DELIVERY_COLUMNS, deliveryFromRow, type DeliveryRow, type StoredDelivery } from './delivery-row.ts';
import { pageOf, positionParameters, rowsToRead } from './page-of.ts';
import { readInTenant } from './tenant-session.ts';

type Deps = Pick<Database, 'pool'>;
type DetailRow = DeliveryRow & {
  readonly dedupe_key_hash: string | null;
  readonly hits: number | null;
  readonly last_seen_at: Date | null;
  readonly other_bodies: number | null;
};

/** Of the parameters that `deliveryFilterParameters` makes. */
export const DELIVERIES_FILTERED = `
  management_company_id = $1
  and ($2::uuid is null or webhook_id = $2)
  and ($3::text is null or source_service = $3)
  and ($4::text is null or state = $4)
  and ($5::text is null or event_type = $5)
  and ($6::text is null or external_id = $6)
  and ($7::text[] is null or flags @> $7)
  and ($8::timestamptz is null or received_at >= $8)
  and ($9::timestamptz is null or received_at < $9)`;

export const deliveryFilterParameters = (tenant: TenantId, filter: DeliveryFilter): readonly unknown[] => [
  tenant,
  filter.webhookId ?? null,
  filter.source ?? null,
  filter.state ?? null,
  filter.eventType ?? null,
  filter.externalId ?? null,
  filter.flags ?? null,
  filter.from === undefined ? null : new Date(filter.from),
  filter.to === undefined ? null : new Date(filter.to),
];

const LIST = `
  select ${DELIVERY_COLUMNS} from webhook_deliveries where ${DELIVERIES_FILTERED}
    and ($10::timestamptz is null or (received_at, id) < ($10, $11::uuid))
  order by received_at desc, id desc limit $12`;

const BY_ID = `
  select ${DELIVERY_COLUMNS}, encode(dedupe_key_hash, 'hex') as dedupe_key_hash, hits, last_seen_at, other_bodies
  from webhook_deliveries
  left join lateral (
    select hits, last_seen_at, other_bodies from webhook_dedupe as known
    where known.webhook_id = webhook_deliveries.webhook_id and key_hash = dedupe_key_hash
      and delivery_id = webhook_deliveries.id) as claim on true
  where management_company_id = $1 and id = $2`;

const CLAIM = `select delivery_id as id from webhook_dedupe
  where management_company_id = $1 and webhook_id = $2 and key_hash = decode($3, 'hex') and expires_at > $4`;

const WHOLE_BODY = `select raw_body as bytes from webhook_deliveries
  where management_company_id = $1 and id = $2 and received_at = $3`;
const ONE_PART = `select bytes from webhook_body_parts
  where management_company_id = $1 and delivery_id = $2 and received_at = $3 and part = $4`;

/** What `webhook_deliveries` keeps: always one tenant, by row-level security and by the condition. */
export const postgresDeliveryReader = (database: Deps): DeliveryReader => {
  const rowOf = async (tenant: TenantId, id: string): Promise<DetailRow | undefined> =>
    isUuid(id) ? (await readInTenant<DetailRow>(database, tenant, BY_ID, [tenant, id])).rows[0] : undefined;
  return {
    list: async (tenant, filter, page) => {
      const { rows } = await readInTenant<DeliveryRow>(database, tenant, LIST, [
        ...deliveryFilterParameters(tenant, filter),
        ...positionParameters(page),
        rowsToRead(page),
      ]);
      return pageOf(rows.map(deliveryFromRow), page, ({ receivedAt, id }) => ({ at: receivedAt, id }));
    },
    byId: async (tenant, id) => {
      const row = await rowOf(tenant, id);
      return row === undefined ? undefined : detailsOf(row);
    },
    claimedBy: async (tenant, webhookId, keyHash, at) => {
      const values = [tenant, webhookId, keyHash, new Date(at)];
      const { rows } = await readInTenant<{ readonly id: string }>(database, tenant, CLAIM, values);
      return rows[0]?.id;
    },
    bodyOf: async (tenant, id) => {
      const row = await rowOf(tenant, id);
      return row === undefined ? undefined : bodyOf(database, tenant, deliveryFromRow(row));
    },
  };
};

const detailsOf = (row: DetailRow): DeliveryDetails => ({
  ...deliveryFromRow(row),
  dedupeKeyHash: row.dedupe_key_hash ?? undefined,
  repeats: repeatsOf(row),
});

const repeatsOf = ({ hits, last_seen_at: lastSeen, other_bodies: others }: DetailRow) =>
  hits === null || lastSeen === null || others === null
    ? undefined
    : ({ times: hits - 1, lastSeenAt: lastSeen.getTime(), otherBodies: others } satisfies DeliveryRepeats);

/** Each piece by a query of its own: a slow reader holds neither a connection nor a transaction. */
const bodyOf = (database: Deps, tenant: TenantId, delivery: StoredDelivery): DeliveryBody => {
  const { id, receivedAt, bodyParts, size, contentType } = delivery;
  const piece = async (text: string, ...more: readonly number[]): Promise<Uint8Array> => {
    const values = [tenant, id, new Date(receivedAt), ...more];
    const { rows } = await readInTenant<{ readonly bytes: Buffer }>(database, tenant, text, values);
    if (rows[0] === undefined) throw new Error('a body went while it was read');
    return rows[0].bytes;
  };
  return {
    size,
    contentType,
    pieces: async function* () {
      if (bodyParts === 0) yield await piece(WHOLE_BODY);
      for (let part = 0; part < bodyParts; part += 1) yield await piece(ONE_PART, part);
    },
  };
};
