import type { Pool } from 'pg';
import type { CacheDirectory, CacheEntryListing } from '../../../domain/cache/cache-directory.ts';
import { isPurged } from '../../../domain/cache/invalidation.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { REMOVED, type PostgresCacheTier } from './postgres-cache-tier.ts';
import { readPageInTenant } from '../tenant-session.ts';

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

// The table's row-level policy has a form that no index supports (migration 20261126000000), and no statistics either:
// hence the same condition on the tenant here.
const LIST = `select id, cache_key, service_id, service_name, provider, operation, tags, loaded_by, stored_at, expires_at, gone_at, hit_count
  from integration_cache
  where management_company_id = $1 and gone_at > $2 and provider <> '${REMOVED}'
    and ($3::text is null or service_name = $3) and ($4::text is null or operation = $4)
    and ($5::timestamptz is null or (stored_at, id) < ($5, $6::uuid))
  order by stored_at desc, id desc limit $7`;

/** Lists the second tier. Purged entries that are still in the table are left out. */
export const postgresCacheDirectory = (
  database: { readonly pool: Pool },
  tier: Pick<PostgresCacheTier, 'stamps' | 'settled'>,
  clock: Clock,
): CacheDirectory => ({
  list: async (tenant, { serviceName, operation }, page) => {
    // Answers do not wait until their entry is stored, but callers who then list entries should find it.
    await tier.settled(tenant);
    const now = clock.now();
    const filter = [new Date(now), serviceName ?? null, operation ?? null];
    const values = [tenant, ...filter, ...positionParameters(page), rowsToRead(page)];
    const [{ rows }, stamps] = await Promise.all([
      readPageInTenant<Row>(database, tenant, LIST, values),
      tier.stamps(tenant),
    ]);
    const { items, nextCursor } = pageOf(rows, page, ({ stored_at, id }) => ({
      at: stored_at.getTime(),
      id,
    }));
    return {
      items: items.map((row) => listing(row, now)).filter((entry) => !isPurged(entry, stamps)),
      nextCursor,
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
