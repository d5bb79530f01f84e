import { hash } from 'node:crypto';
import { remembering } from '../shared/remembering.ts';
import type { TenantId } from '../shared/tenant-context.ts';

/** Raised when cached shapes change: old entries are then simply never found. Addresses have ADDRESS_RULES. */
const VERSION = 'v1';

/**
 * `v1:<tenant>:<operation>:<hash>`. Tenant and operation stand in clear so that keys can be listed and
 * purged; what was asked is hashed, since addresses are personal data. 128 bits: no two questions meet.
 */
export const cacheKey = (tenant: TenantId, operation: string, fields: readonly string[]): string =>
  `${VERSION}:${tenant}:${operation}:${digest(JSON.stringify(fields))}`;

/** What follows the tenant in a key: the operation and the hash. */
const ASKED = /^[a-z_]+:[\w-]{22}$/;

/** Whether `key` has the form of the tenant's keys. Stores keep books of their own beside entries, under other names. */
export const isCacheKeyOf = (tenant: TenantId, key: string): boolean => {
  const start = `${VERSION}:${tenant}:`;
  return key.startsWith(start) && ASKED.test(key.slice(start.length));
};

const digest = remembering((text) => hash('sha256', text, 'base64url').slice(0, 22), 5_000);
