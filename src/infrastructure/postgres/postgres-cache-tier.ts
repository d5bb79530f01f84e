import type { Pool } from 'pg';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import { scopeText, type PurgeStamp } from '../../domain/cache/invalidation.ts';
import { providerNames, type ProviderName } from '../../domain/external-service/external-service.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { CacheTier } from '../cache/cache-tier.ts';
import { isDataError } from './data-error.ts';
import { tenantGroups } from './tenant-groups.ts';
import { queryAsSystem, queryInTenant } from './tenant-session.ts';

type Row = {
  readonly cache_key: string;
  readonly service_id: string;
  readonly service_name: string;
  readonly provider: string;
  readonly operation: string;
  readonly response_data: unknown;
  readonly tags: readonly string[];
  readonly loaded_by: string;
  readonly stored_at: Date;
  readonly expires_at: Date;
  readonly gone_at: Date;
};

const FIND = `select cache_key, service_id, service_name, provider, operation, response_data, tags, loaded_by, stored_at, expires_at, gone_at
  from integration_cache where cache_key = any($1) and management_company_id = $2`;

/** The newer of two loads of one key stays. A service removed meanwhile takes its entries along, so none is added for it. */
const KEEP = `insert into integration_cache (management_company_id, cache_key, service_id, service_name, provider, operation, request_hash,
    response_data, tags, loaded_by, stored_at, ttl_seconds, expires_at, gone_at)
  select $1, e.cache_key, e.service_id, e.service_name, e.provider, e.operation, e.request_hash,
    coalesce(e.response_data, 'null'), e.tags, e.loaded_by, e.stored_at, e.ttl_seconds, e.expires_at, e.gone_at
  from json_to_recordset($2) as e (cache_key text, service_id uuid, service_name text, provider text, operation text, request_hash text,
    response_data jsonb, tags text[], loaded_by uuid, stored_at timestamptz, ttl_seconds integer, expires_at timestamptz, gone_at timestamptz)
  where exists (select from external_services where id = e.service_id)
  on conflict (cache_key) do update set service_id = excluded.service_id, service_name = excluded.service_name, provider = excluded.provider,
    response_data = excluded.response_data, tags = excluded.tags, loaded_by = excluded.loaded_by, stored_at = excluded.stored_at,
    ttl_seconds = excluded.ttl_seconds, expires_at = excluded.expires_at, gone_at = excluded.gone_at
  where integration_cache.stored_at <= excluded.stored_at`;

const PURGE = `insert into cache_invalidations (management_company_id, scope, purged_at) values ($1, $2, $3)
  on conflict (management_company_id, scope) do update set purged_at = greatest(cache_invalidations.purged_at, excluded.purged_at)`;

const HITS = `update integration_cache c set hit_count = c.hit_count + h.hits
  from unnest($2::text[], $3::int[]) as h (cache_key, hits) where c.cache_key = h.cache_key and c.management_company_id = $1`;

/** The second tier: table `integration_cache`, seen by each tenant for itself. */
export const postgresCacheTier = (database: { readonly pool: Pool }): CacheTier => ({
  find: tenantGroups({ run: (tenant, keys) => found(database, tenant, keys), oneIsToBlame: isDataError }),
  keep: tenantGroups({
    run: (tenant, entries) => kept(database, tenant, entries),
    oneIsToBlame: isDataError,
  }),
  remove: async (tenant, key) => {
    const text = 'delete from integration_cache where cache_key = $1 and management_company_id = $2';
    return ((await queryInTenant(database, tenant, text, [key, tenant])).rowCount ?? 0) > 0;
  },
  purge: async (tenant, { scope, purgedAt }) => {
    await queryInTenant(database, tenant, PURGE, [tenant, scopeText(scope), new Date(purgedAt)]);
  },
  stamps: (tenant) => stampsOf(database, tenant),
  count: async (tenant) => {
    const text = 'select count(*)::int as count from integration_cache where management_company_id = $1';
    return (await queryInTenant<{ count: number }>(database, tenant, text, [tenant])).rows[0]?.count ?? 0;
  },
  addHits: async (tenant, hits) => {
    await queryInTenant(database, tenant, HITS, [tenant, [...hits.keys()], [...hits.values()]]);
  },
});

/** Longer than any entry is kept (config: 30 days of grace after an hour): what an older purge covers is gone anyway. */
const LONGEST_LIFE_MS = 31 * 24 * 3_600_000;

/** Removes what no tenant can be served any more, and the purges nobody needs to know of. Returns how many entries. */
export const removeGoneEntries = async (database: { readonly pool: Pool }, now: number): Promise<number> => {
  const entries = 'delete from integration_cache where gone_at <= $1';
  const stamps = 'delete from cache_invalidations where purged_at < $1';
  await queryAsSystem(database, stamps, [new Date(now - LONGEST_LIFE_MS)]);
  return (await queryAsSystem(database, entries, [new Date(now)])).rowCount ?? 0;
};

const found = async (
  database: { readonly pool: Pool },
  tenant: TenantId,
  keys: readonly string[],
): Promise<readonly (CacheEntry | undefined)[]> => {
  const { rows } = await queryInTenant<Row>(database, tenant, FIND, [keys, tenant]);
  const byKey = new Map(rows.map((row) => [row.cache_key, row]));
  return keys.map((key) => {
    const row = byKey.get(key);
    return row === undefined ? undefined : entryOf(row);
  });
};

const kept = async (
  database: { readonly pool: Pool },
  tenant: TenantId,
  entries: readonly CacheEntry[],
): Promise<readonly void[]> => {
  // One statement may write a row once.
  const newest = new Map<string, CacheEntry>();
  for (const entry of entries) {
    const known = newest.get(entry.key);
    if (known === undefined || known.storedAt <= entry.storedAt) newest.set(entry.key, entry);
  }
  const rows = [...newest.values()].map(rowOf);
  await queryInTenant(database, tenant, KEEP, [tenant, JSON.stringify(rows)]);
  return entries.map(() => undefined);
};

const rowOf = (entry: CacheEntry) => ({
  cache_key: entry.key,
  service_id: entry.serviceId,
  service_name: entry.serviceName,
  provider: entry.provider,
  operation: entry.operation,
  request_hash: entry.key.slice(entry.key.lastIndexOf(':') + 1),
  response_data: entry.value,
  tags: entry.tags,
  loaded_by: entry.loadedBy,
  stored_at: new Date(entry.storedAt),
  ttl_seconds: Math.round((entry.freshUntil - entry.storedAt) / 1000),
  expires_at: new Date(entry.freshUntil),
  gone_at: new Date(entry.goneAt),
});

/** A row that names a provider this version does not know is no entry: a miss, and overwritten by the next load. */
const entryOf = (row: Row): CacheEntry | undefined => {
  const provider = providerNames.find((name): name is ProviderName => name === row.provider);
  if (provider === undefined) return undefined;
  return {
    key: row.cache_key,
    value: row.response_data,
    serviceId: row.service_id,
    serviceName: row.service_name,
    provider,
    operation: row.operation,
    tags: row.tags,
    loadedBy: row.loaded_by,
    storedAt: row.stored_at.getTime(),
    freshUntil: row.expires_at.getTime(),
    goneAt: row.gone_at.getTime(),
  };
};

const stampsOf = async (
  database: { readonly pool: Pool },
  tenant: TenantId,
): Promise<readonly PurgeStamp[]> => {
  const text = 'select scope, purged_at from cache_invalidations where management_company_id = $1';
  const { rows } = await queryInTenant<{ scope: string; purged_at: Date }>(database, tenant, text, [tenant]);
  return rows.map(({ scope, purged_at }) => ({ scope: scopeFrom(scope), purgedAt: purged_at.getTime() }));
};

const scopeFrom = (text: string): PurgeStamp['scope'] => {
  const [serviceName, operation, tag] = JSON.parse(text) as readonly (string | null)[];
  return {
    ...(typeof serviceName === 'string' && { serviceName }),
    ...(typeof operation === 'string' && { operation }),
    ...(typeof tag === 'string' && { tag }),
  };
};
