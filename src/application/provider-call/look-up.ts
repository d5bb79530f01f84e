import { ageSeconds, freshnessOf, type CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { CacheHit, CacheMissReason, CacheStore } from '../../domain/cache/cache-store.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { Call } from './call.ts';
import type { Operation } from './operation.ts';
import type { CacheDirective } from './call-options.ts';

type Deps = { readonly cache: CacheStore; readonly clock: Clock };
export type Usable<Res> = { readonly value: Res; readonly hit: CacheHit };
type LookUp<Res> = {
  /** A fresh entry, or a stale one within the caller's `max-stale`. */
  readonly fresh?: Usable<Res>;
  readonly stale?: Usable<Res>;
  readonly reason: CacheMissReason;
};

/**
 * Looks up the cache for a call, honouring the caller's Cache-Control: `fresh` may be served at once, `stale` only when
 * the providers fail.
 */
export const lookUp = async <Req, Res>(
  { cache, clock }: Deps,
  operation: Operation<Req, Res>,
  call: Call<Req>,
  key: string,
): Promise<LookUp<Res>> => {
  const { noCache } = call.options.cache;
  const found = await cache.find(call.ctx.tenantId, key);
  if (typeof found === 'string') return { reason: noCache ? 'bypassed' : found };
  const value = decodedOnce(operation, found.entry);
  if (value === undefined) {
    await cache.discard(call.ctx.tenantId, key);
    return { reason: 'cold' };
  }
  const now = clock.now();
  const freshness = freshnessOf(found.entry, now);
  if (freshness === 'gone') return { reason: 'expired' };
  const usable = { value: value.of, hit: found };
  const wanted = isWanted(call.options.cache, found.entry, now);
  if (wanted && (freshness === 'fresh' || isFreshEnough(call.options.cache, found.entry, now)))
    return { fresh: usable, reason: 'cold' };
  return { stale: usable, reason: wanted ? 'expired' : 'bypassed' };
};

const isWanted = (
  { noCache, maxAgeSeconds = Infinity, minFreshSeconds = 0 }: CacheDirective,
  entry: CacheEntry,
  now: number,
): boolean =>
  !noCache &&
  ageSeconds(entry, now) < maxAgeSeconds &&
  (minFreshSeconds === 0 || now + minFreshSeconds * 1_000 <= entry.freshUntil);

const isFreshEnough = (
  { maxStaleSeconds }: CacheDirective,
  { freshUntil }: CacheEntry,
  now: number,
): boolean => maxStaleSeconds !== undefined && now - freshUntil <= maxStaleSeconds * 1_000;

/** L1 in memory returns the same objects again and again; a value that was decoded once is not decoded again. */
const decoded = new WeakSet<object>();

const decodedOnce = <Req, Res>(
  operation: Operation<Req, Res>,
  { value }: CacheEntry,
): { readonly of: Res } | undefined => {
  if (typeof value === 'object' && value !== null && decoded.has(value)) return { of: value as Res };
  const result = operation.decodeCached(value);
  if (isLeft(result)) return undefined;
  if (typeof value === 'object' && value !== null && Object.is(result.right, value)) decoded.add(value);
  return { of: result.right };
};
