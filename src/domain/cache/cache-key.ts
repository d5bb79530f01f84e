import { hash } from 'node:crypto';
import { remembering } from '../shared/remembering.ts';
import type { TenantId } from '../shared/tenant-context.ts';

/**
 * Raised when the shape of cached values changes: entries with the old version are then never found. Changes of the
 * address normalisation have a version of their own, ADDRESS_RULES.
 */
const VERSION = 'v1';

/**
 * `v1:<tenant>:<operation>:<hash>`. Tenant and operation are in clear text, so that keys can be listed and purged. The
 * request is hashed because addresses are personal data; with 128 bits a collision is not to be expected.
 */
export const cacheKey = (tenant: TenantId, operation: string, fields: readonly string[]): string =>
  `${VERSION}:${tenant}:${operation}:${digest(JSON.stringify(fields))}`;

/** The part of a key after the tenant: operation and hash. */
const ASKED = /^[a-z_]+:[\w-]{22}$/;

/**
 * Whether `key` has the form of a cache key of this tenant. Stores keep bookkeeping keys beside the entries, which have
 * other forms.
 */
export const isCacheKeyOf = (tenant: TenantId, key: string): boolean => {
  const start = `${VERSION}:${tenant}:`;
  return key.startsWith(start) && ASKED.test(key.slice(start.length));
};

const digest = remembering((text) => hash('sha256', text, 'base64url').slice(0, 22), 5_000);
