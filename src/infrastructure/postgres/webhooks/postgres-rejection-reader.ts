import type {
  ListedRejection,
  RejectionFilter,
  RejectionReader,
} from '../../../domain/webhook/delivery/rejection-reader.ts';
import { map } from '../../../domain/shared/fp.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Database } from '../database.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { readInTenant } from '../tenant-session.ts';
import { unlessTooLong } from '../unless-too-long.ts';

type Row = {
  readonly id: string;
  readonly webhook_id: string;
  readonly rejected_at: Date;
  readonly reason: string;
  readonly detail: ListedRejection['detail'];
  readonly client_ip: string | null;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly sha256: string | null;
  readonly raw_size: number | null;
  readonly request_id: string;
};

type Unlisted = { readonly unlisted: number };

const LIST = `
  select id, webhook_id, rejected_at, reason, detail, client_ip, method, headers,
    encode(body_sha256, 'hex') as sha256, raw_size, request_id
  from webhook_rejections
  where management_company_id = $1 and webhook_id = $2
    and ($3::timestamptz is null or rejected_at >= $3)
    and ($4::timestamptz is null or rejected_at < $4)
    and ($5::text is null or reason = $5)
    and ($6::timestamptz is null or (rejected_at, id) < ($6, $7::uuid))
  order by rejected_at desc, id desc limit $8`;

const UNLISTED = `
  select coalesce(sum(unlisted), 0)::float8 as unlisted from webhook_rejection_counts
  where management_company_id = $1 and webhook_id = $2
    and ($3::timestamptz is null or minute >= date_trunc('minute', $3::timestamptz))
    and ($4::timestamptz is null or minute < $4)`;

/** Reads the refusals listed in `webhook_rejections` and counted in `webhook_rejection_counts`. */
export const postgresRejectionReader = (database: Pick<Database, 'pool'>): RejectionReader => ({
  list: async (tenant, filter, page) => {
    const values = [
      ...placeAndTime(tenant, filter),
      filter.reason ?? null,
      ...positionParameters(page),
      rowsToRead(page),
    ];
    return map(({ rows }: { readonly rows: readonly Row[] }) =>
      pageOf(rows.map(rejectionFromRow), page, ({ rejectedAt, id }) => ({ at: rejectedAt, id })),
    )(await unlessTooLong(readInTenant<Row>(database, tenant, LIST, values)));
  },
  unlisted: async (tenant, filter) => {
    const values = placeAndTime(tenant, filter);
    return map(({ rows }: { readonly rows: readonly Unlisted[] }) => rows[0]?.unlisted ?? 0)(
      await unlessTooLong(readInTenant<Unlisted>(database, tenant, UNLISTED, values)),
    );
  },
});

const placeAndTime = (tenant: TenantId, { webhookId, from, to }: RejectionFilter): readonly unknown[] => [
  tenant,
  webhookId,
  from === undefined ? null : new Date(from),
  to === undefined ? null : new Date(to),
];

const rejectionFromRow = (row: Row): ListedRejection => ({
  id: row.id,
  webhookId: row.webhook_id,
  rejectedAt: row.rejected_at.getTime(),
  reason: row.reason,
  detail: row.detail,
  clientAddress: row.client_ip ?? undefined,
  method: row.method,
  headers: row.headers,
  bodySha256: row.sha256 ?? undefined,
  size: row.raw_size ?? undefined,
  requestId: row.request_id,
});
