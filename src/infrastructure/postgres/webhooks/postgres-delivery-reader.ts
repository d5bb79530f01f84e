import type { QueryResult } from 'pg';
import type {
  DeliveryBody,
  DeliveryDetails,
  DeliveryFilter,
  DeliveryReader,
  DeliveryRepeats,
  KeptDelivery,
  KeptFlag,
} from '../../../domain/webhook/delivery/delivery-reader.ts';
import { map } from '../../../domain/shared/fp.ts';
import type { PageRequest } from '../../../domain/shared/page.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import type { Database } from '../database.ts';
import { DELIVERY_COLUMNS, deliveryFromRow, type DeliveryRow, type StoredDelivery } from './delivery-row.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { readInTenant, readPageInTenant } from '../tenant-session.ts';
import { unlessTooLong } from '../unless-too-long.ts';

type Deps = Pick<Database, 'pool'>;
/** With the claim by which repeats are recognised, which is kept longer than the delivery. */
type ClaimedRow = DeliveryRow & {
  readonly hits: number | null;
  readonly last_seen_at: Date | null;
  readonly other_bodies: number | null;
};
type DetailRow = ClaimedRow & { readonly dedupe_key_hash: string | null };

const OTHER_BODY: KeptFlag = 'other_body';
const claimOf = (delivery: string): string => `from webhook_dedupe as known
  where known.webhook_id = ${delivery}.webhook_id and known.key_hash = ${delivery}.dedupe_key_hash
    and known.delivery_id = ${delivery}.id`;

/** The conditions for the parameters made by `deliveryFilterParameters`. */
export const DELIVERIES_FILTERED = `
  management_company_id = $1
  and ($2::uuid is null or webhook_id = $2)
  and ($3::text is null or source_service = $3)
  and ($4::text is null or state = $4)
  and ($5::text is null or event_type like $5 or event_type || '.' like $5)
  and ($6::text is null or external_id = $6)
  and ($7::text[] is null or flags @> array_remove($7, '${OTHER_BODY}') and ('${OTHER_BODY}' <> all ($7)
    or exists (select ${claimOf('webhook_deliveries')} and other_bodies > 0)))
  and ($8::timestamptz is null or received_at >= $8)
  and ($9::timestamptz is null or received_at < $9)`;

export const deliveryFilterParameters = (tenant: TenantId, filter: DeliveryFilter): readonly unknown[] => [
  tenant,
  filter.webhookId ?? null,
  filter.source ?? null,
  filter.state ?? null,
  typePattern(filter.eventType),
  filter.externalId ?? null,
  filter.flags ?? null,
  filter.from === undefined ? null : new Date(filter.from),
  filter.to === undefined ? null : new Date(filter.to),
];

/**
 * An event type with at most one star, turned into a LIKE pattern with the meaning of `publishesType`: `issues.*` is
 * `issues`, whose action is not stored. A star alone is no condition, since it includes deliveries without a type.
 */
const typePattern = (wanted: string | undefined): string | null =>
  wanted === undefined || wanted === '*' ? null : wanted.replaceAll(/[\\%_]/g, '\\$&').replace('*', '%');

/** Claims are joined after the page is cut, so only once for each of its rows. */
const LIST = `
  select page.*, hits, last_seen_at, other_bodies
  from (select ${DELIVERY_COLUMNS}, dedupe_key_hash from webhook_deliveries where ${DELIVERIES_FILTERED}
      and ($10::timestamptz is null or (received_at, id) < ($10, $11::uuid))
    order by received_at desc, id desc limit $12) as page
  left join lateral (select hits, last_seen_at, other_bodies ${claimOf('page')}) as claim on true
  order by received_at desc, id desc`;

/**
 * The same for deliveries that were repeated with another body. They are few, and their claims are indexed in the order
 * of the list (migration 20261130030000); starting from the deliveries would examine all of them for the sake of these
 * few.
 */
const LIST_OF_OTHER_BODIES = `
  select ${DELIVERY_COLUMNS}, hits, last_seen_at, other_bodies
  from (select webhook_id as claimed_by, key_hash, delivery_id, first_seen_at, hits, last_seen_at, other_bodies
    from webhook_dedupe where management_company_id = $1 and other_bodies > 0
      and ($2::uuid is null or webhook_id = $2)
      and ($8::timestamptz is null or first_seen_at >= $8)
      and ($9::timestamptz is null or first_seen_at < $9)
      and ($10::timestamptz is null or (first_seen_at, delivery_id) < ($10, $11::uuid))) as claim
  join webhook_deliveries on id = delivery_id and received_at = first_seen_at and webhook_id = claimed_by
    and dedupe_key_hash = key_hash
  where ${DELIVERIES_FILTERED}
  order by first_seen_at desc, delivery_id desc limit $12`;

const BY_ID = `
  select ${DELIVERY_COLUMNS}, encode(dedupe_key_hash, 'hex') as dedupe_key_hash, hits, last_seen_at, other_bodies
  from webhook_deliveries
  left join lateral (select hits, last_seen_at, other_bodies ${claimOf('webhook_deliveries')}) as claim on true
  where management_company_id = $1 and id = $2`;

/** Finds the claim as `accept_deliveries` would (migration 20261128010000). */
const CLAIM = `select delivery_id as id from webhook_dedupe as known
  where management_company_id = $1 and webhook_id = $2 and key_hash = decode($3, 'hex') and expires_at > $4
    and (not is_filtered or $5 or exists (select from webhook_deliveries as first
      where first.id = known.delivery_id and first.received_at = known.first_seen_at and first.state <> 'filtered'))`;

const WHOLE_BODY = `select raw_body as bytes from webhook_deliveries
  where management_company_id = $1 and id = $2 and received_at = $3`;
const ONE_PART = `select bytes from webhook_body_parts
  where management_company_id = $1 and delivery_id = $2 and received_at = $3 and part = $4`;

/** Reads `webhook_deliveries` of one tenant, enforced both by row-level security and by the condition in each query. */
export const postgresDeliveryReader = (database: Deps): DeliveryReader => {
  const rowOf = async (tenant: TenantId, id: string): Promise<DetailRow | undefined> =>
    isUuid(id) ? (await readInTenant<DetailRow>(database, tenant, BY_ID, [tenant, id])).rows[0] : undefined;
  return {
    list: async (tenant, filter, page) =>
      map(({ rows }: Pick<QueryResult<ClaimedRow>, 'rows'>) =>
        pageOf(rows.map(keptFromRow), page, ({ receivedAt, id }) => ({ at: receivedAt, id })),
      )(await unlessTooLong(listed(database, tenant, filter, page))),
    byId: async (tenant, id) => {
      const row = await rowOf(tenant, id);
      return row === undefined ? undefined : detailsOf(row);
    },
    claimedBy: async (tenant, webhookId, { keyHash, at, isFiltered }) => {
      const values = [tenant, webhookId, keyHash, new Date(at), isFiltered];
      const { rows } = await readInTenant<{ readonly id: string }>(database, tenant, CLAIM, values);
      return rows[0]?.id;
    },
    bodyOf: async (tenant, id) => {
      const row = await rowOf(tenant, id);
      return row === undefined ? undefined : bodyOf(database, tenant, deliveryFromRow(row));
    },
  };
};

const listed = (
  database: Deps,
  tenant: TenantId,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<QueryResult<ClaimedRow>> => {
  const isOfOthers = filter.flags?.includes(OTHER_BODY) === true;
  const flags = isOfOthers ? { flags: filter.flags.filter((flag) => flag !== OTHER_BODY) } : {};
  return readPageInTenant(database, tenant, isOfOthers ? LIST_OF_OTHER_BODIES : LIST, [
    ...deliveryFilterParameters(tenant, { ...filter, ...flags }),
    ...positionParameters(page),
    rowsToRead(page),
  ]);
};

const keptFromRow = (row: ClaimedRow): KeptDelivery => {
  const delivery = deliveryFromRow(row);
  return (row.other_bodies ?? 0) === 0 ? delivery : { ...delivery, flags: [...delivery.flags, OTHER_BODY] };
};

const detailsOf = (row: DetailRow): DeliveryDetails => ({
  ...keptFromRow(row),
  dedupeKeyHash: row.dedupe_key_hash ?? undefined,
  repeats: repeatsOf(row),
});

const repeatsOf = ({ hits, last_seen_at: lastSeen, other_bodies: others }: ClaimedRow) =>
  hits === null || lastSeen === null || others === null
    ? undefined
    : ({ times: hits - 1, lastSeenAt: lastSeen.getTime(), otherBodies: others } satisfies DeliveryRepeats);

/** Reads each piece with a query of its own, so that a slow reader holds neither a connection nor a transaction. */
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
