import { jsonIn } from '../shared/json.ts';
import type { CacheEntry } from './cache-entry.ts';
import type { InvalidationScope } from './cache-store.ts';

/** One purge of a tenant: everything the scope covers and that was loaded up to then is gone. */
export type PurgeStamp = {
  readonly scope: InvalidationScope;
  /** Epoch milliseconds. */
  readonly purgedAt: number;
};

type Purgeable = Pick<CacheEntry, 'serviceName' | 'operation' | 'tags' | 'storedAt'>;

/** Of each service whose matches stand in an answer, also where it is another one's: by its name and by its id. */
export const serviceTag = (nameOrId: string): string => `service:${nameOrId}`;

const isFrom = (nameOrId: string, entry: Purgeable): boolean =>
  nameOrId === entry.serviceName || entry.tags.includes(serviceTag(nameOrId));

const covers = (scope: InvalidationScope, entry: Purgeable): boolean =>
  (scope.serviceName === undefined || isFrom(scope.serviceName, entry)) &&
  (scope.operation === undefined || scope.operation === entry.operation) &&
  (scope.tag === undefined || entry.tags.includes(scope.tag));

/** Purging is one time stamp, whatever it covers; a read compares the entry's birth with the stamps of its tenant. */
export const isPurged = (entry: Purgeable, stamps: readonly PurgeStamp[]): boolean =>
  stamps.some(({ scope, purgedAt }) => entry.storedAt <= purgedAt && covers(scope, entry));

/** Of the whole tenant. */
export const EVERYTHING: InvalidationScope = {};

/**
 * Beyond so many purges of a tenant that still count, each lookup would compare too long: the
 * next one is of everything.
 */
export const MOST_PURGES = 1_000;

/** One text per scope, so that a newer purge of the same scope replaces the older. */
export const scopeText = ({ serviceName, operation, tag }: InvalidationScope): string =>
  JSON.stringify([serviceName ?? null, operation ?? null, tag ?? null]);

export const EVERYTHING_TEXT = scopeText(EVERYTHING);

/** Undefined: not a text of ours. */
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
