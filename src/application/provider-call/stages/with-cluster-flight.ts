import { hash } from 'node:crypto';
import type { CacheStore } from '../../../domain/cache/cache-store.ts';
import type { ProviderPlan } from '../../../domain/external-service/plan-for.ts';
import type { CallError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, isRight, left, right, type Either } from '../../../domain/shared/fp.ts';
import type { Call, Served } from '../call.ts';
import type { ProviderCall } from '../stage.ts';
import type { Boarding, ClusterFlights } from '../cluster-flights.ts';
import { newsFrom, newsOf, newsText, type FlightNews } from '../flight-news.ts';
import { budgetOf, epochOf, isOutdatedFor, wantedTime, type Purges } from '../flights.ts';
import type { Timers } from '../../timers.ts';
import type { Operation } from '../operation.ts';
import { lookUp } from '../look-up.ts';

type Deps = {
  /** Undefined when there are no other replicas to coordinate with. */
  readonly clusterFlights: ClusterFlights | undefined;
  readonly cache: CacheStore;
  readonly clock: Clock;
  readonly timers: Timers;
};

type Outcome<Res> = Either<CallError, Served<Res>>;

/**
 * Request collapsing across replicas, inside the single flight of this process: of all replicas that miss one key at
 * the same time, one asks the provider and reports to the others. It costs a cold key one round trip and a hit none.
 * Shared are answers, including those that may not be stored, and failures, except a time-out of a leader that had less
 * time than the follower. A hasty answer is not shared. Callers that bypass the cache share within their process only, and nobody
 * shares with calls that plan to ask other services, or the same ones in another version.
 */
export const withClusterFlight =
  ({ clusterFlights, ...deps }: Deps) =>
  <Req, Res>(operation: Operation<Req, Res>, next: ProviderCall<Req, Res>): ProviderCall<Req, Res> => {
    if (clusterFlights === undefined) return next;
    return async (call) => {
      const { noStore, noCache } = call.options.cache;
      const { cacheKey: key } = call;
      if (noStore || noCache || key === undefined) return next(call);
      const flight = `${key}:${printOf(call.plan)}`;
      const cached = () => servedFromCache(deps, operation, call, key);
      let lookedAt = call.startedAt;
      while (call.signal?.aborted !== true) {
        const boarding = await clusterFlights.board(flight, deps.clock.monotonic() - lookedAt, call.signal);
        if (boarding.kind === 'alone') return next(call);
        if (boarding.kind === 'leader') return leading(deps, boarding, call, next, cached);
        const news = boarding.kind === 'landed' ? LOOK : newsFrom((await boarding.news) ?? '');
        if (news?.kind === 'look') lookedAt = deps.clock.monotonic();
        const outcome = news?.kind === 'look' ? await cached() : shared(deps, operation, call, news);
        if (outcome !== undefined) return outcome;
      }
      return left({ kind: 'deadline-exceeded', attempts: [] });
    };
  };

/** Fingerprint of the services to be asked; each change of a service raises its version. */
const printOf = ({ services }: ProviderPlan): string =>
  hash('sha256', services.map(({ id, version }) => `${id} ${version}`).join(), 'base64url').slice(0, 11);

const LOOK: FlightNews = { kind: 'look' };

/**
 * One turn of the event loop: by then the answer is being written to the cache, so a call that boards now finds it
 * there.
 */
const AFTER_STORING_MS = 0;
/**
 * Milliseconds to wait until the answer is in the cache before followers are sent there; beyond that, with a slow
 * database, asking the provider again is faster.
 */
const LONGEST_STORING_MS = 1_000;

const leading = async <Req, Res>(
  { timers, clock, cache }: Omit<Deps, 'clusterFlights'>,
  { land, tookOver }: Extract<Boarding, { kind: 'leader' }>,
  call: Call<Req>,
  next: ProviderCall<Req, Res>,
  cached: () => Promise<Outcome<Res> | undefined>,
): Promise<Outcome<Res>> => {
  let [how, news]: ['answered' | 'failed', FlightNews] = ['failed', { kind: 'given-up' }];
  try {
    const stored = tookOver ? await cached() : undefined;
    const result = stored ?? (await next(call));
    const isAnswer = isRight(result) && result.right.isHasty !== true;
    if (isAnswer) how = 'answered';
    const isOver = call.signal?.aborted === true || clock.monotonic() >= call.deadlineAt;
    if (isAnswer || (isLeft(result) && !isOver))
      news = newsOf(result, { budgetMs: budgetOf(call), epoch: epochOf(clock) });
    return result;
  } finally {
    const text = newsText(news);
    const tell = (): void => land(how, text);
    const isInCache = newsFrom(text)?.kind === 'look';
    timers.set(isInCache ? () => whenStored({ timers, cache }, call, tell) : tell, AFTER_STORING_MS);
  }
};

const whenStored = (
  { timers, cache }: Pick<Deps, 'timers' | 'cache'>,
  { ctx, cacheKey }: Pick<Call<unknown>, 'ctx' | 'cacheKey'>,
  tell: () => void,
): void => {
  const late = Promise.withResolvers<void>();
  const timer = timers.set(late.resolve, LONGEST_STORING_MS);
  void Promise.race([cache.stored(ctx.tenantId, cacheKey ?? ''), late.promise]).then(() => {
    timers.clear(timer);
    tell();
  });
};

/** Undefined when there is nothing to share, so the call has to board again. */
const shared = <Req, Res>(
  purges: Purges,
  operation: Operation<Req, Res>,
  call: Call<Req>,
  news: FlightNews | undefined,
): Outcome<Res> | undefined => {
  if (news?.kind === 'failure') {
    const wasCutShort = wantedTime(news.error) && news.budgetMs < budgetOf(call);
    return wasCutShort ? undefined : left(news.error);
  }
  if (news?.kind !== 'answer') return undefined;
  const askedAt = news.askedAt === undefined ? undefined : news.askedAt - epochOf(purges.clock);
  if (askedAt !== undefined && isOutdatedFor(call, askedAt, purges)) return undefined;
  const value = operation.decodeCached(news.value);
  const service = call.plan.services.find(({ id }) => id === news.serviceId);
  if (!isRight(value) || service === undefined) return undefined;
  const { id, serviceName, provider } = service;
  return right({
    value: value.right,
    service: { id, serviceName, provider },
    ...(news.alsoFrom && { alsoFrom: news.alsoFrom }),
    ...(news.besideFailures === true && { besideFailures: true }),
    ...(askedAt !== undefined && { askedAt }),
    cache: COLLAPSED,
    loadedElsewhere: true,
  });
};

const COLLAPSED = { status: 'miss', reason: 'cold', collapsed: true, stored: false, key: '' } as const;

/** Reported as collapsed rather than as a hit, because the call did wait for an equal one. */
const servedFromCache = async <Req, Res>(
  deps: Pick<Deps, 'cache' | 'clock'>,
  operation: Operation<Req, Res>,
  call: Call<Req>,
  key: string,
): Promise<Outcome<Res> | undefined> => {
  const { fresh } = await lookUp(deps, operation, call, key);
  if (fresh === undefined) return undefined;
  const { serviceId: id, serviceName, provider, alsoFrom } = fresh.hit.entry;
  const from = { service: { id, serviceName, provider }, ...(alsoFrom && { alsoFrom }) };
  return right({ value: fresh.value, ...from, cache: COLLAPSED });
};
