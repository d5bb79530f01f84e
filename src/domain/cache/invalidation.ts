import { jsonIn } from '../shared/json.ts';
import type { CacheEntry } from './cache-entry.ts';
import type { InvalidationScope } from './cache-store.ts';

/** One purge of a tenant: every entry in the scope that was loaded at or before `purgedAt` counts as gone. */
export type PurgeStamp = {
  readonly scope: InvalidationScope;
  /** Epoch milliseconds. */
  readonly purgedAt: number;
};

type Purgeable = Pick<CacheEntry, 'serviceName' | 'operation' | 'tags' | 'storedAt'>;

/**
 * Tag of an entry for each service whose matches it contains, once by name and once by id, even if another service is
 * the one that answered.
 */
export const serviceTag = (nameOrId: string): string => `service:${nameOrId}`;

const isFrom = (nameOrId: string, entry: Purgeable): boolean =>
  nameOrId === entry.serviceName || entry.tags.includes(serviceTag(nameOrId));

const covers = (scope: InvalidationScope, entry: Purgeable): boolean =>
  (scope.serviceName === undefined || isFrom(scope.serviceName, entry)) &&
  (scope.operation === undefined || scope.operation === entry.operation) &&
  (scope.tag === undefined || entry.tags.includes(scope.tag));

/**
 * A purge is a single time stamp, whatever it covers; each read compares the entry's load time with the tenant's
 * stamps.
 */
export const isPurged = (entry: Purgeable, stamps: readonly PurgeStamp[]): boolean =>
  stamps.some(({ scope, purgedAt }) => entry.storedAt <= purgedAt && covers(scope, entry));

/** Scope of a purge of the whole tenant. */
export const EVERYTHING: InvalidationScope = {};

/**
 * Each lookup compares its entry with all purges of the tenant that still count. Beyond this number the next purge is
 * widened to the whole tenant, which replaces all of them.
 */
export const MOST_PURGES = 1_000;

/** Canonical text of a scope, so that a newer purge of the same scope replaces the older one. */
export const scopeText = ({ serviceName, operation, tag }: InvalidationScope): string =>
  JSON.stringify([serviceName ?? null, operation ?? null, tag ?? null]);

export const EVERYTHING_TEXT = scopeText(EVERYTHING);

/** Undefined when the text was not written by `scopeText`. */
export const scopeFrom = (text: string): InvalidationScope | undefined => {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const [serviceName, operation, tag] = parts;
  return {
    ...(typeof serviceName === 'string' && { serviceName }),
    ...(typeof operation === 'string' && { operation }),
    ...(typeof tag === 'string' && { tag }),
  };
};

const partsOf = (text: string): readonly unknown[] | undefined => {
  const parts = jsonIn(text);
  return Array.isArray(parts) && parts.length === 3 ? parts : undefined;
};
