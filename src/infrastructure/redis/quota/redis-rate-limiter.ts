import type { QuotaStateStore } from '../../../domain/rate-limit/quota-state-store.ts';
import type {
  QuotaGranted,
  QuotaRefused,
  QuotaSubject,
  WindowState,
} from '../../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../../domain/rate-limit/rate-limiter.ts';
import { delayLocal, delayOwn } from '../../../domain/rate-limit/replica-share.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { ShareTable, type HeldShare } from './held-share.ts';
import { LateCalls, type LateCall } from './late-calls.ts';
import { LocalQuota } from './local-quota.ts';
import { QuotaCaller } from './quota-caller.ts';
import { statesOfAnswer, type QuotaAnswer } from './quota-messages.ts';
import { QuotaRowWriter } from './quota-row-writer.ts';
import { isCommandFault, RedisAway } from '../connection/redis-away.ts';
import { redisClock, type RedisClock } from './redis-clock.ts';
import type { RedisConnection } from '../connection/redis-connection.ts';
import { ShareKeeper } from './share-keeper.ts';
import { QuotaRowReader } from './quota-row-reader.ts';

export type RedisRateLimiterDeps = {
  readonly redis: Pick<RedisConnection, 'run' | 'script' | 'keyPrefix' | 'isAway'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly store: QuotaStateStore;
  /** Identifies this process among all that share the Redis. */
  readonly id: string;
  /** An address that only one process can have at a time: whoever has it now has replaced those before. */
  readonly address?: string | undefined;
  /** A call was counted against this replica's share, because Redis is away. */
  readonly onFallback?: (serviceName: string, reason: unknown) => void;
  /** A call was counted in Redis. */
  readonly onCounting?: () => void;
  /**
   * Milliseconds added to Redis's clock, for tests that cannot wait; the same for all processes that share the keys.
   */
  readonly timeOffset?: () => number;
};

type Outcome = Either<QuotaRefused, QuotaGranted>;
type Grant = LateCall & { readonly isLocal: boolean };

/**
 * Rate limiter that counts the calls of all replicas together in Redis: exact sliding window logs, on Redis's clock,
 * one round trip a call. While Redis is away, slow or has lost its data, this replica goes on within its share: the
 * units that it used itself, which return as they leave the window, and those that Redis reserved for it
 * (docs/adr/0017-quotas-in-redis.md).
 */
export class RedisRateLimiter implements RateLimiter {
  readonly #deps: RedisRateLimiterDeps;
  readonly #table = new ShareTable();
  readonly #caller: QuotaCaller;
  readonly #local: LocalQuota;
  readonly #late: LateCalls;
  readonly #keeper: ShareKeeper;
  readonly #time: RedisClock;
  readonly #rowReader: QuotaRowReader;
  /** Needed until a caller reports that the call arrived late. */
  readonly #grants = new WeakMap<QuotaGranted, Grant>();
  #hasBegun = false;

  constructor(deps: RedisRateLimiterDeps) {
    this.#deps = deps;
    const { redis, clock, sleep, store, id } = deps;
    const time = (this.#time = redisClock(clock));
    const offset = deps.timeOffset ?? (() => 0);
    const rowReader = (this.#rowReader = new QuotaRowReader({ store, sleep }));
    const shared = { redis, time, sleep, rowReader, id, offset, monotonic: clock.monotonic };
    this.#caller = new QuotaCaller({ ...shared, fleet: () => this.#keeper.fleet });
    const rowWriter = new QuotaRowWriter(redis, store);
    this.#keeper = new ShareKeeper({
      ...shared,
      table: this.#table,
      caller: this.#caller,
      rowWriter,
      address: deps.address,
    });
    const isInTouch = (): boolean => this.#keeper.isInTouch;
    this.#late = new LateCalls({ ...shared, caller: this.#caller, isInTouch });
    this.#local = new LocalQuota({ time, rowReader, replicas: () => this.#keeper.liveReplicas });
  }

  /** Rejects with a `RangeError` for a cost that is not a whole number of units from 0. */
  take(subjects: readonly QuotaSubject[], cost: number): AsyncResult<QuotaRefused, QuotaGranted> {
    if (!Number.isSafeInteger(cost) || cost < 0)
      return Promise.reject(new RangeError(`a cost is a whole number of units, not ${cost}`));
    return this.#take(this.#open(subjects), cost);
  }

  async peek(subjects: readonly QuotaSubject[]): Promise<readonly WindowState[]> {
    const shares = this.#open(subjects);
    if (shares.length === 0) return [];
    try {
      const answer = await this.#caller.ask('peek', shares, 0);
      await this.#readUnknown(shares, answer);
      return statesOfAnswer(shares, answer);
    } catch (error) {
      if (!isOfNoUse(error)) throw error;
      return this.#local.peek(shares);
    }
  }

  /** Reads each subject's rows at most once: the next call sends Redis what they say, and until then nobody counts. */
  async #readUnknown(shares: readonly HeldShare[], { subjects }: QuotaAnswer): Promise<void> {
    const unread = shares.filter(
      ({ rows }, index) => rows === undefined && subjects[index]?.unknown === true,
    );
    if (unread.length > 0) await this.#rowReader.read(unread);
  }

  arrivedLate(granted: QuotaGranted): void {
    const grant = this.#grants.get(granted);
    if (grant === undefined) return;
    const { shares, from, cost, isLocal } = grant;
    const now = this.#time.now();
    for (const [index, share] of shares.entries())
      (isLocal ? delayLocal : delayOwn)(share, from[index] ?? now, cost, now);
    this.#late.add(grant);
  }

  addCost(tenantId: TenantId, subjectId: string, micros: number): void {
    const share = this.#table.find(tenantId, subjectId);
    if (share !== undefined && share.limited.length > 0) share.micros += micros;
  }

  /** Number of live replicas that count in this Redis, this one included. */
  get replicas(): number {
    return this.#keeper.fleet.replicas;
  }

  /** Reports to Redis what it does not know yet, signs this replica off and writes the rows to the table. */
  close(): Promise<void> {
    this.#late.close();
    return this.#keeper.close();
  }

  #open(subjects: readonly QuotaSubject[]): readonly HeldShare[] {
    return this.#table.open(subjects, this.#deps.clock.monotonic());
  }

  async #take(shares: readonly HeldShare[], cost: number): Promise<Outcome> {
    if (shares.length === 0) return right({ windows: [] });
    if (!this.#hasBegun) await this.#begin();
    if (shares.some(({ isGated }) => isGated)) return this.#withoutRedis(shares, cost, 'restoring');
    if (!this.#keeper.isInTouch) return this.#withoutRedis(shares, cost, this.#keeper.lostBy);
    let answer: QuotaAnswer;
    try {
      answer = await this.#caller.ask('take', shares, cost);
    } catch (error) {
      if (!isOfNoUse(error)) throw error;
      this.#keeper.lostTouch(error);
      return this.#withoutRedis(shares, cost, error);
    }
    if (answer.kind === 'gated') return this.#withoutRedis(shares, cost, 'restoring');
    this.#deps.onCounting?.();
    const outcome = outcomeOf(shares, answer);
    const times = answer.subjects.map(({ now }) => now);
    return this.#noted(outcome, shares, { times, cost, isLocal: false });
  }

  /** Remembers grants of subjects whose calls may be reported as late. */
  #noted(
    outcome: Outcome,
    shares: readonly HeldShare[],
    { times, ...more }: Pick<Grant, 'cost' | 'isLocal'> & { readonly times: readonly number[] },
  ): Outcome {
    if (isLeft(outcome)) return outcome;
    const late = shares.flatMap((share, index) =>
      share.arrivalMs === 0 ? [] : [{ share, from: (times[index] ?? 0) + share.arrivalMs }],
    );
    if (late.length > 0)
      this.#grants.set(outcome.right, {
        ...more,
        shares: late.map(({ share }) => share),
        from: late.map(({ from }) => from),
      });
    return outcome;
  }

  async #begin(): Promise<void> {
    await this.#keeper.begun;
    this.#hasBegun = true;
  }

  async #withoutRedis(shares: readonly HeldShare[], cost: number, reason: unknown): Promise<Outcome> {
    for (const { serviceName } of shares) this.#deps.onFallback?.(serviceName, reason);
    const now = this.#time.now();
    const outcome = await this.#local.take(shares, cost);
    return this.#noted(outcome, shares, { times: shares.map(() => now), cost, isLocal: true });
  }
}

/**
 * True for failures in which Redis cannot count now: it is away, or rejects the command. Everything else is a bug of
 * ours and must surface.
 */
const isOfNoUse = (error: unknown): boolean => error instanceof RedisAway || isCommandFault(error);

const outcomeOf = (shares: readonly HeldShare[], answer: QuotaAnswer): Outcome => {
  const windows = statesOfAnswer(shares, answer);
  if (answer.kind !== 'refused') return right({ windows });
  const subject = (answer.subject ?? 1) - 1;
  const share = shares[subject];
  const type = answer.asked[subject]?.[(answer.window ?? 1) - 1]?.type;
  const by = windows.find(({ subjectId, window }) => subjectId === share?.subjectId && window === type);
  if (by === undefined) throw new Error('a refusal names no window');
  return left({ kind: 'quota-refused', by, retryAfterMs: answer.wait ?? 0, windows });
};
