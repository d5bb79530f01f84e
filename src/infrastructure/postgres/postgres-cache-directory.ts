import type { Pool } from 'pg';
import type { CacheDirectory, CacheEntryListing } from '../../domain/cache/cache-directory.ts';
import { isPurged } from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { encodeCursor } from '../../domain/shared/cursor.ts';
import type { CacheTier } from '../cache/cache-tier.ts';
import { queryInTenant } from './tenant-session.ts';

type Row = {
  readonly id: string;
  readonly cache_key: string;
  readonly service_id: string;
  readonly service_name: string;
  readonly provider: string;
  readonly operation: string;
  readonly tags: readonly string[];
  readonly loaded_by: string;
  readonly stored_at: Date;
  readonly expires_at: Date;
  readonly gone_at: Date;
  readonly hit_count: string;
};

const LIST = `select id, cache_key, service_id, service_name, provider, operation, tags, loaded_by, stored_at, expires_at, gone_at, hit_count
  from integration_cache
  where management_company_id = $1 and gone_at > $2
    and ($3::text is null or service_name = $3) and ($4::text is null or operation = $4)
    and ($5::timestamptz is null or (stored_at, id) < ($5, $6))
  order by stored_at desc, id desc limit $7`;

/** Lists the second tier. Purged entries that still lie there are left out of the page. */
export const postgresCacheDirectory = (
  database: { readonly pool: Pool },
  tier: Pick<CacheTier, 'stamps'>,
  clock: Clock,
): CacheDirectory => ({
  list: async (tenant, { serviceName, operation }, { limit, after }) => {
    const now = clock.now();
    const from = after === undefined ? [null, null] : [new Date(after.at), after.id];
    const values = [tenant, new Date(now), serviceName ?? null, operation ?? null, ...from, limit + 1];
    const [{ rows }, stamps] = await Promise.all([
      queryInTenant<Row>(database, tenant, LIST, values),
      tier.stamps(tenant),
    ]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => listing(row, now)).filter((entry) => !isPurged(entry, stamps)),
      nextCursor:
        rows.length > limit && last !== undefined
          ? encodeCursor({ at: last.stored_at.getTime(), id: last.id })
          : undefined,
    };
  },
});

const listing = (row: Row, now: number): CacheEntryListing => ({
  key: row.cache_key,
  serviceId: row.service_id,
  serviceName: row.service_name,
  provider: row.provider,
  operation: row.operation,
  tags: row.tags,
  loadedBy: row.loaded_by,
  storedAt: row.stored_at.getTime(),
  freshUntil: row.expires_at.getTime(),
  goneAt: row.gone_at.getTime(),
  hitCount: Number(row.hit_count),
  cacheStatus: now < row.expires_at.getTime() ? 'fresh' : 'stale',
});
