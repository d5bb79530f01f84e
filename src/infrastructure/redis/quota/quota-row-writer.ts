import type { QuotaStateStore, StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import { windowMs } from '../../../domain/rate-limit/quota.ts';
import {
  makeWindow,
  resetsAt,
  restore,
  snapshot,
  used,
  type CountedCalls,
} from '../../../domain/rate-limit/rate-limit-window.ts';
import type { ShareWindow } from '../../../domain/rate-limit/share-window.ts';
import type { HeldShare } from './held-share.ts';
import { dumpScript } from './quota-dump-script.ts';
import { logKey, stateKey, windowIndex } from './quota-messages.ts';
import type { RedisConnection, RedisScript } from '../connection/redis-connection.ts';

type Dumped = {
  readonly index: number;
  readonly now: number;
  readonly cost: number;
  /** Units called in the last period between two rows. */
  readonly recent: number;
  readonly calls: unknown;
};

/** cjson encodes an empty Lua table as an object, not as an array. */
const listIn = <A>(value: unknown): readonly A[] => (Array.isArray(value) ? (value as A[]) : []);

/**
 * As in the rows of the memory limiter: neighbouring entries are merged, and a merged entry keeps the later time, so
 * that no call leaves its window too early.
 */
const ENTRIES_OF_A_ROW = 256;

/** Writes the rows of `api_rate_limits` from what Redis has counted. */
export class QuotaRowWriter {
  readonly #redis: Pick<RedisConnection, 'run' | 'script' | 'keyPrefix'>;
  readonly #store: QuotaStateStore;
  readonly #script: RedisScript;

  constructor(redis: Pick<RedisConnection, 'run' | 'script' | 'keyPrefix'>, store: QuotaStateStore) {
    this.#redis = redis;
    this.#store = store;
    this.#script = redis.script('integrationQuotaDump', dumpScript);
  }

  /** One statement for the rows of all shares. */
  async write(shares: readonly HeldShare[]): Promise<void> {
    const rows = (await Promise.all(shares.map((share) => this.#rowsOf(share)))).flat();
    if (rows.length > 0) await this.#store.save(rows);
  }

  async #rowsOf(share: HeldShare): Promise<readonly StoredWindow[]> {
    const state = stateKey(this.#redis.keyPrefix, share);
    const keys = [state, ...share.limited.map((window) => logKey(state, window))];
    const indexes = share.limited.map(({ type }) => windowIndex[type]);
    const text = await this.#redis.run('dump', () => this.#script(keys.length, ...keys, ...indexes));
    const dumped = listIn<Dumped>(JSON.parse(String(text)));
    return share.limited.flatMap((window) => {
      const found = dumped.find(({ index }) => index === windowIndex[window.type]);
      return found === undefined ? [] : [rowOf(share, window, found)];
    });
  }
}

const rowOf = (
  share: HeldShare,
  { type, limit, own: { arrivalMs } }: ShareWindow,
  { now, cost, recent, ...dumped }: Dumped,
): StoredWindow => {
  const calls: CountedCalls = listIn(dumped.calls);
  const window = makeWindow(type, limit, arrivalMs);
  restore(window, calls, now);
  const count = used(window);
  const windowEnd = count === 0 ? now + windowMs[type] : resetsAt(window);
  return {
    tenantId: share.tenantId,
    subjectId: share.subjectId,
    serviceName: share.serviceName,
    window: type,
    limit,
    used: count,
    isRateLimited: count >= limit,
    totalCostMicros: Math.round(cost),
    windowStart: windowEnd - windowMs[type],
    windowEnd,
    entries: snapshot(window, ENTRIES_OF_A_ROW),
    // Twice the recent use: permits that may be used before the next row is written, with a margin for a peak.
    leased: Math.max(0, Math.min(limit - count, recent * 2)),
  };
};
