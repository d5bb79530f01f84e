import type { Pool } from 'pg';
import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import {
  EVERYTHING_TEXT,
  scopeFrom,
  scopeText,
  type PurgeStamp,
} from '../../../domain/cache/invalidation.ts';
import { providerNames, type ProviderName } from '../../../domain/external-service/external-service.ts';
import type { Sleep } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { CacheTier } from '../../cache/cache-tier.ts';
import { eventLoopTurn } from '../../system/event-loop-turn.ts';
import { isDataError } from '../data-error.ts';
import { hasRefusedEscapes } from '../refused-escapes.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { tenantGroups } from './tenant-groups.ts';
import { queryAsSystem, queryInTenant } from '../tenant-session.ts';

/** As returned by `find_cached` (migration 20261122000200); `value` and `provider` are foreign data. */
type Row = Omit<CacheEntry, 'provider'> & { readonly provider: string };

// A purge of everything deletes all earlier ones; otherwise there would be more and more to read.
const PURGE = `with ended as (
    delete from cache_invalidations
    where $2 = '${EVERYTHING_TEXT}' and management_company_id = $1 and scope <> $2 and purged_at <= $3)
  insert into cache_invalidations (management_company_id, scope, purged_at) values ($1, $2, $3)
  on conflict (management_company_id, scope) do update set purged_at = greatest(cache_invalidations.purged_at, excluded.purged_at)`;

/** Marks a removed row by a provider that no release knows, so that nobody takes it for an entry. */
export const REMOVED = 'removed';
/** Longer than a load takes. */
const REMOVAL_LIFE_MS = 600_000;

// The row stays for a while as a tombstone, without its answer: since the newer of two loads is kept, no earlier load
// can be stored.
const REMOVE = `update integration_cache set provider = '${REMOVED}', response_data = 'null', tags = '{}', hit_count = 0,
    stored_at = $3, expires_at = $3, gone_at = $4
  where cache_key = $1 and management_company_id = $2 and provider <> '${REMOVED}'`;

// Locks rows in the same order as `keep_cached`, since all replicas add hits to the same entries at the same moments.
// The services are locked first, as by whoever removes a service and then its entries. No join: without statistics
// PostgreSQL expects a handful of rows, and would scan all keys once for each service.
const HITS = `with alive as materialized (
    select id from external_services where management_company_id = $1 and id = any (array(
      select distinct service_id from integration_cache where cache_key = any ($2) and management_company_id = $1))
    order by id for key share
  ), locked as materialized (
    select cache_key from integration_cache where cache_key = any ($2) and management_company_id = $1
      and (select count(*) from alive) > 0
    order by cache_key collate "C" for no key update)
  update integration_cache c set hit_count = c.hit_count + h.hits
  from unnest($2::text[], $3::int[]) as h (cache_key, hits) join locked using (cache_key)
  where c.cache_key = h.cache_key and c.management_company_id = $1`;

export type PostgresCacheTier = CacheTier & {
  /** Resolves when every entry given so far, by this tenant or by all, is stored or refused. Never rejects. */
  readonly settled: (tenant?: TenantId) => Promise<void>;
};

/**
 * Milliseconds. Nobody waits for an entry to be stored, and each statement costs this process a fifth of a millisecond:
 * under load ten entries share one. A crash loses at most this much of the second tier.
 */
const GATHERING_MS = 25;

/** The second tier: table `integration_cache`, of which each tenant sees only its own rows. */
export const postgresCacheTier = (database: { readonly pool: Pool }, sleep: Sleep): PostgresCacheTier => {
  const finds = tenantGroups({
    run: (tenant, keys: readonly string[]) => found(database, tenant, keys),
    oneIsToBlame: isDataError,
    // Lookups of the same turn of the event loop share one statement.
    gather: eventLoopTurn,
  });
  const keeps = tenantGroups({
    run: (tenant, entries: readonly CacheEntry[]) => kept(database, tenant, entries),
    oneIsToBlame: isDataError,
    gather: () => sleep(GATHERING_MS),
  });
  return {
    ...statements(database),
    find: finds.ask,
    keep: keeps.ask,
    settled: keeps.settled,
    // Entries still on their way would be stored after the removal.
    remove: async (tenant, key, removedAt) => {
      await keeps.settled(tenant);
      return removed(database, tenant, key, removedAt);
    },
    count: async (tenant) => {
      await keeps.settled(tenant);
      return counted(database, tenant);
    },
  };
};

const statements = (database: { readonly pool: Pool }): Pick<CacheTier, 'purge' | 'stamps' | 'addHits'> => ({
  purge: async (tenant, { scope, purgedAt }) => {
    await queryInTenant(database, tenant, PURGE, [tenant, scopeText(scope), new Date(purgedAt)]);
  },
  stamps: (tenant) => stampsOf(database, tenant),
  addHits: async (tenant, hits) => {
    await queryInTenant(database, tenant, HITS, [tenant, [...hits.keys()], [...hits.values()]]);
  },
});

/** Above this number, reading the keys takes longer than it saves. */
const MOST_KEYS = 500_000;

/**
 * The ends of all keys in the table, of all tenants, which is what a `KeyFilter` needs. Undefined when they are too
 * many.
 */
export const endsOfKeys = async (database: {
  readonly pool: Pool;
}): Promise<readonly string[] | undefined> => {
  const text = 'select right(cache_key, 8) as key_end from integration_cache limit $1';
  const { rows } = await queryAsSystem<{ key_end: string }>(database, text, [MOST_KEYS + 1]);
  return rows.length > MOST_KEYS ? undefined : rows.map(({ key_end }) => key_end);
};

/** Longer than any entry is kept (config: 30 days of grace after an hour): entries purged earlier are gone anyway. */
const LONGEST_LIFE_MS = 31 * 24 * 3_600_000;

const REMOVE_GONE = removal('integration_cache', 'gone_at <= $1');

/** Deletes entries past their grace time, and purges that cover only such entries. Returns the number of entries. */
export const removeGoneEntries = async (database: { readonly pool: Pool }, now: number): Promise<number> => {
  const stamps = 'delete from cache_invalidations where purged_at < $1';
  await queryAsSystem(database, stamps, [new Date(now - LONGEST_LIFE_MS)]);
  return removeInTurns(database, REMOVE_GONE, now);
};

const found = async (
  { pool }: { readonly pool: Pool },
  tenant: TenantId,
  keys: readonly string[],
): Promise<readonly (CacheEntry | undefined)[]> => {
  const text = 'select find_cached($1, $2) as rows';
  const { rows } = await pool.query<{ rows: readonly Row[] | null }>(text, [tenant, keys]);
  const byKey = new Map(rows[0]?.rows?.map((row) => [row.key, row]));
  return keys.map((key) => {
    const row = byKey.get(key);
    return row === undefined ? undefined : entryOf(row);
  });
};

/** A row with a provider unknown to this release counts as a miss, and the next load overwrites it. */
const entryOf = (row: Row): CacheEntry | undefined => {
  const provider = providerNames.find((name): name is ProviderName => name === row.provider);
  return provider === undefined ? undefined : { ...row, provider };
};

const kept = async (
  { pool }: { readonly pool: Pool },
  tenant: TenantId,
  entries: readonly CacheEntry[],
): Promise<readonly undefined[]> => {
  // One statement cannot write the same row twice.
  const newest = new Map<string, CacheEntry>();
  for (const entry of entries) {
    const known = newest.get(entry.key);
    if (known === undefined || known.storedAt <= entry.storedAt) newest.set(entry.key, entry);
  }
  const rows = [...newest.values()]
    .map((entry) => JSON.stringify({ ...entry, requestHash: requestHash(entry) }))
    // A cell may contain U+0000, which `jsonb` refuses: such a range stays in the first tier only.
    .filter((row) => !hasRefusedEscapes(row));
  if (rows.length > 0) await pool.query('select keep_cached($1, $2)', [tenant, `[${rows.join(',')}]`]);
  return entries.map(() => undefined);
};

const removed = async (
  database: { readonly pool: Pool },
  tenant: TenantId,
  key: string,
  removedAt: number,
): Promise<boolean> => {
  const values = [key, tenant, new Date(removedAt), new Date(removedAt + REMOVAL_LIFE_MS)];
  return ((await queryInTenant(database, tenant, REMOVE, values)).rowCount ?? 0) > 0;
};

const counted = async (database: { readonly pool: Pool }, tenant: TenantId): Promise<number> => {
  const text = `select count(*)::int as count from integration_cache where management_company_id = $1 and provider <> '${REMOVED}'`;
  return (await queryInTenant<{ count: number }>(database, tenant, text, [tenant])).rows[0]?.count ?? 0;
};

const requestHash = ({ key }: CacheEntry): string => key.slice(key.lastIndexOf(':') + 1);

const stampsOf = async (
  database: { readonly pool: Pool },
  tenant: TenantId,
): Promise<readonly PurgeStamp[]> => {
  const text = 'select scope, purged_at from cache_invalidations where management_company_id = $1';
  const { rows } = await queryInTenant<{ scope: string; purged_at: Date }>(database, tenant, text, [tenant]);
  // A scope that cannot be parsed counts as everything: purging too much costs a load, too little a wrong answer.
  return rows.map(({ scope, purged_at }) => ({
    scope: scopeFrom(scope) ?? {},
    purgedAt: purged_at.getTime(),
  }));
};
