import { ageSeconds, freshnessOf, type CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { CacheMissReason, CacheStore } from '../../../domain/cache/cache-store.ts';
import { serviceTag } from '../../../domain/cache/invalidation.ts';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { CallError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, isRight, left, right, type Either } from '../../../domain/shared/fp.ts';
import type { Call, Served } from '../call.ts';
import type { ProviderCall } from '../stage.ts';
import { lookUp, type Usable } from '../look-up.ts';
import { isCoarse, type AnswerLives, type Operation } from '../operation.ts';
import type { CacheReport } from '../call-report.ts';
import { livesOf, sourcesOf } from '../served-lives.ts';

type Deps = { readonly cache: CacheStore; readonly clock: Clock };
/** A call that has a cache key. */
type Keyed<Req, Res> = {
  readonly operation: Operation<Req, Res>;
  readonly call: Call<Req>;
  readonly key: string;
};

/**
 * The cache stage, in front of every limit: a hit costs no quota and no money. Obeys the caller's Cache-Control. Only
 * answers are stored, never failures. When no provider answers, an entry in its grace period is served stale, even if
 * the caller asked for a new answer: `no-cache` and `max-age` are treated as preferences (RFC 9111 section 5.2.1; ADR
 * 2).
 */
export const withCache =
  ({ cache, clock }: Deps) =>
  <Req, Res>(operation: Operation<Req, Res>, next: ProviderCall<Req, Res>): ProviderCall<Req, Res> =>
  async (call) => {
    const { cacheKey: key } = call;
    if (key === undefined) return uncached(call, next);
    const { onlyIfCached, noStore } = call.options.cache;
    if (noStore && !onlyIfCached) return bypassed(cache, call, key, next);
    const started = clock.monotonic();
    const found = await lookUp({ cache, clock }, operation, call, key);
    call.ledger.timings.cache = clock.monotonic() - started;
    if (found.fresh !== undefined) return right(fromCache(found.fresh, 'hit', clock.now()));
    if (onlyIfCached) return left({ kind: 'not-cached' });
    call.ledger.missReason = found.reason;
    const result = await next(call);
    if (isBettered(operation, call, result, found.stale)) {
      const older = await stillServable({ cache, clock }, { operation, call, key }, found.stale);
      if (older !== undefined) return right(older);
    }
    if (isLeft(result)) return result;
    return right(stored({ cache, clock }, { operation, call, key }, result.right, found.reason));
  };

/**
 * Checks a stale entry again after the providers failed: meanwhile its grace period may have ended, or it may have been
 * purged or removed.
 */
const stillServable = async <Req, Res>(
  { cache, clock }: Deps,
  { operation, call, key }: Keyed<Req, Res>,
  stale: Usable<Res> | undefined,
): Promise<Served<Res> | undefined> => {
  if (stale === undefined || freshnessOf(stale.hit.entry, clock.now()) === 'gone') return undefined;
  const { tenantId } = call.ctx;
  await cache.learnPurges(tenantId);
  const since = clock.now() - Math.ceil(clock.monotonic() - call.startedAt);
  if (!cache.wasPurgedSince(tenantId, since, key)) return fromCache(stale, 'stale', clock.now());
  // Something of the tenant was purged, perhaps this entry: only a new lookup can tell.
  const again = await lookUp({ cache, clock }, operation, call, key);
  if (again.fresh !== undefined) return fromCache(again.fresh, 'hit', clock.now());
  return again.stale && fromCache(again.stale, 'stale', clock.now());
};

const stored = <Req, Res>(
  { cache, clock }: Deps,
  keyed: Keyed<Req, Res>,
  served: Served<Res>,
  reason: CacheMissReason,
): Served<Res> => {
  const { operation, call, key } = keyed;
  const collapsed = served.cache.status === 'miss' && served.cache.collapsed;
  const report: CacheReport = { status: 'miss', reason, collapsed, stored: false, key };
  const service = call.plan.services.find(({ id }) => id === served.service.id);
  const provisional = isProvisional(operation, call, served);
  const lives = livesOf(operation, call.plan, served, provisional);
  const isStored = collapsed && !(served.loadedElsewhere === true && lives?.mayPersist === false);
  const isKept = !isStored && served.isHasty !== true;
  if (!isKept || service === undefined || lives === undefined || lives.freshMs <= 0)
    return { ...served, cache: report };
  const entry = entryOf(keyed, served, service, lives, loadedAt(clock, served));
  // Visible in this process at once and elsewhere soon. The caller does not wait for the tiers, and their failures
  // do not reject.
  void cache.store(call.ctx.tenantId, entry, lives);
  return { ...served, cache: { ...report, stored: true } };
};

/**
 * Dated by the time at which the providers were asked, so that a purge made while the answer was on its way covers it.
 */
const loadedAt = (clock: Clock, { askedAt }: Served<unknown>): number =>
  clock.now() - (askedAt === undefined ? 0 : Math.ceil(clock.monotonic() - askedAt));

/** The answer is coarse, and a provider that might have improved it failed. */
const isProvisional = <Req, Res>(
  operation: Operation<Req, Res>,
  call: Call<Req>,
  { value, besideFailures }: Served<Res>,
): boolean => besideFailures === true && isCoarse(operation, call.request, value);

/**
 * Whether a stale entry should replace the result: a failure that a stale answer cures, or a provisional answer while
 * the stale one is not coarse.
 */
const isBettered = <Req, Res>(
  operation: Operation<Req, Res>,
  call: Call<Req>,
  result: Either<CallError, Served<Res>>,
  stale: Usable<Res> | undefined,
): boolean => {
  if (isLeft(result)) return curedByStale(result.left);
  return (
    stale !== undefined &&
    isProvisional(operation, call, result.right) &&
    !isCoarse(operation, call.request, stale.value)
  );
};

const entryOf = <Req, Res>(
  { operation, call, key }: Keyed<Req, Res>,
  served: Served<Res>,
  service: ExternalService,
  lives: AnswerLives,
  storedAt: number,
): CacheEntry => ({
  key,
  value: served.value,
  serviceId: service.id,
  serviceName: service.serviceName,
  provider: service.provider,
  ...(served.alsoFrom && { alsoFrom: served.alsoFrom }),
  operation: operation.name,
  tags: [...new Set(sourcesOf(call.plan, served).flatMap((one) => tagsOf(operation, one, served.value)))],
  loadedBy: call.ledger.logId,
  storedAt,
  freshUntil: storedAt + lives.freshMs,
  goneAt: storedAt + lives.freshMs + lives.graceMs,
});

/** Tagged with the service's id too, because its name may have changed by the time its answers are purged. */
const tagsOf = <Req, Res>(
  { tags }: Operation<Req, Res>,
  service: ExternalService,
  value: Res,
): readonly string[] => [...tags(service, value), serviceTag(service.id)];

const bypassed = async <Req, Res>(
  cache: CacheStore,
  call: Call<Req>,
  key: string,
  next: ProviderCall<Req, Res>,
): Promise<Either<CallError, Served<Res>>> => {
  call.ledger.missReason = 'bypassed';
  // Learn of purges first: an equal call may have started before one, and its flight must not be shared then.
  await cache.learnPurges(call.ctx.tenantId);
  const result = await next(call);
  return isRight(result) ? right({ ...result.right, cache: { status: 'bypass', key } }) : result;
};

/** A call without a cache key is reported as a bypass rather than a miss. */
const uncached = async <Req, Res>(
  call: Call<Req>,
  next: ProviderCall<Req, Res>,
): Promise<Either<CallError, Served<Res>>> => {
  if (call.options.cache.onlyIfCached) return left({ kind: 'not-cached' });
  const result = await next(call);
  return isRight(result) ? right({ ...result.right, cache: { status: 'bypass', key: undefined } }) : result;
};

/**
 * A stale answer is better than any failure, except for a request that the provider rejected as wrong, which is wrong
 * whatever is cached, and for a caller that has disconnected.
 */
const curedByStale = (error: CallError): boolean =>
  !(
    error.kind === 'call-failed' &&
    (error.error.kind === 'request-rejected' || error.error.kind === 'resource-not-found')
  ) && !(error.kind === 'deadline-exceeded' && error.callerGone === true);

const fromCache = <Res>({ value, hit }: Usable<Res>, status: 'hit' | 'stale', now: number): Served<Res> => ({
  value,
  service: { id: hit.entry.serviceId, serviceName: hit.entry.serviceName, provider: hit.entry.provider },
  ...(hit.entry.alsoFrom && { alsoFrom: hit.entry.alsoFrom }),
  cache: {
    status,
    layer: hit.layer,
    ageSeconds: ageSeconds(hit.entry, now),
    ttlSeconds: Math.ceil((hit.entry.freshUntil - now) / 1000),
    key: hit.entry.key,
  },
});
