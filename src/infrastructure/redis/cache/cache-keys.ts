import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/**
 * Builds a key of one tenant's cache. The tenant is the hash tag, so that all keys of a tenant lie in one slot of a
 * cluster.
 */
type KeyOf = (keyPrefix: string, tenant: TenantId) => string;

export const entryKey = (keyPrefix: string, tenant: TenantId, key: string): string =>
  `${keyPrefix}cache:{${tenant}}:${key}`;

/** Sorted set of the tenant's entries, scored by their end. */
export const indexKey: KeyOf = (keyPrefix, tenant) => entryKey(keyPrefix, tenant, 'index');

/** Read together with each entry: a process that knows another mark loads the purges before it trusts the entry. */
export const purgeMarkKey: KeyOf = (keyPrefix, tenant) => entryKey(keyPrefix, tenant, 'purge-mark');

export const purgesKey: KeyOf = (keyPrefix, tenant) => entryKey(keyPrefix, tenant, 'purges');
