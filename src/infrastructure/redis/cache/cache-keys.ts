import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** Keys of one tenant's cache. The tenant is their hash tag, so that they lie in one slot of a cluster. */
type KeyOf = (keyPrefix: string, tenant: TenantId) => string;

export const entryKey = (keyPrefix: string, tenant: TenantId, key: string): string =>
  `${keyPrefix}cache:{${tenant}}:${key}`;

/** Which entries there are, by when they end. */
export const indexKey: KeyOf = (keyPrefix, tenant) => entryKey(keyPrefix, tenant, 'index');

/** Read along with each entry: who knows another mark asks for the purges first. */
export const purgeMarkKey: KeyOf = (keyPrefix, tenant) => entryKey(keyPrefix, tenant, 'purge-mark');

export const purgesKey: KeyOf = (keyPrefix, tenant) => entryKey(keyPrefix, tenant, 'purges');
