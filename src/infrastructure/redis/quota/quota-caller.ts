import { beginPush, hasUntold, pushArrived, pushInDoubt } from '../../../domain/rate-limit/replica-share.ts';
import type { Sleep } from '../../../domain/shared/clock.ts';
import type { HeldShare } from './held-share.ts';
import {
  keysOf,
  subjectSpec,
  type QuotaAnswer,
  type QuotaHeard,
  type QuotaMode,
  type QuotaReply,
} from './quota-messages.ts';
import { quotaScript } from './quota-script.ts';
import { RedisAway } from '../connection/redis-away.ts';
import type { RedisClock } from './redis-clock.ts';
import type { RedisConnection, RedisScript } from '../connection/redis-connection.ts';
import { mayStillCount } from './row-units.ts';
import { heard, noteIgnored, noteSent } from './share-news.ts';
import type { QuotaRowReader } from './quota-row-reader.ts';
import { withoutUnreadable } from '../unreadable-keys.ts';

/** All replicas, as the last heartbeat told. */
export type Fleet = {
  readonly replicas: number;
  /** When this Redis began to be empty; its own time. */
  readonly began: number;
  /** All who were there before have told it what they know. */
  readonly restored: boolean;
  /** Earlier processes at this one's address: it could not be there if they were not gone. */
  readonly replaced: readonly string[];
};

export type QuotaCallerDeps = {
  readonly redis: Pick<RedisConnection, 'run' | 'script' | 'keyPrefix'>;
  readonly time: RedisClock;
  readonly sleep: Sleep;
  readonly monotonic: () => number;
  readonly stored: Pick<QuotaRowReader, 'read'>;
  readonly id: string;
  readonly fleet: () => Fleet;
  /** Added to Redis's clock. Zero but in tests, and there the same for all. */
  readonly offset: () => number;
};

/** A command that is processed later than this after it was sent is ignored. */
const LATEST_MS = 250;
/** So long after Redis began to be empty, replicas may still have to tell it of calls it has lost. */
const YOUNG_MS = 3_000;
const ATTEMPTS = 5;
const DATA_LOST = 'data lost';

type Asked = {
  readonly mode: QuotaMode;
  readonly shares: readonly HeldShare[];
  readonly cost: number;
  /** Tells all that is known here. */
  readonly full: boolean;
  readonly from: readonly number[];
};

type More = {
  /** For `delay`: as of when the calls of each share are counted. */
  readonly from?: readonly number[];
  /** The rows of these shares were read from the table just now. */
  readonly areRowsRead?: boolean;
};

/** Asks the script, tells it what it does not know, and keeps the shares as the answers say. */
export class QuotaCaller {
  readonly #deps: QuotaCallerDeps;
  readonly #script: RedisScript;
  #asked = 0;

  constructor(deps: QuotaCallerDeps) {
    this.#deps = deps;
    this.#script = deps.redis.script('integrationQuota', quotaScript);
  }

  /** All shares of one tenant. Rejects with `RedisAway` when there is no usable answer. */
  async ask(
    mode: QuotaMode,
    shares: readonly HeldShare[],
    cost: number,
    { from = [], areRowsRead = false }: More = {},
  ): Promise<QuotaAnswer> {
    const { stored } = this.#deps;
    let full = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const reply = await this.#once({ mode, shares, cost, full, from });
      if ('subjects' in reply) return reply;
      // The keeper tells all it knows, of every subject; until then each replica keeps to its share.
      if (reply.kind === 'lost' && !areRowsRead && mode !== 'leave') throw dataLost(shares);
      if (reply.kind === 'lost' && !areRowsRead) await stored.read(shares);
      if (reply.kind === 'absent') await this.#seed(shares, reply.old === true);
      if (reply.kind !== 'late') full = true;
    }
    throw new RedisAway('no usable answer');
  }

  async #once(asked: Asked): Promise<QuotaHeard> {
    const { mode, shares, cost } = asked;
    if (mode === 'peek') return this.#send(asked);
    // What is sent after a push must not be sent before it.
    while (shares.some(({ pushed }) => pushed !== undefined))
      await Promise.all(shares.map(async ({ pushed }) => pushed));
    const pushers = shares.filter(hasUntold);
    const ended = this.#begin(pushers);
    const inFlight = mode === 'take' ? cost : 0;
    for (const share of shares) share.inFlight += inFlight;
    try {
      const reply = await this.#send(asked);
      const now = this.#deps.time.now();
      for (const share of pushers) ('subjects' in reply ? pushArrived : pushInDoubt)(share, now);
      if ('subjects' in reply) heard(shares, reply, cost);
      return reply;
    } catch (error) {
      for (const share of pushers) pushInDoubt(share, this.#deps.time.now());
      throw error;
    } finally {
      for (const share of shares) share.inFlight -= inFlight;
      ended();
    }
  }

  #begin(pushers: readonly HeldShare[]): () => void {
    if (pushers.length === 0) return () => undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const share of pushers) {
      beginPush(share);
      share.pushed = promise;
    }
    return () => {
      for (const share of pushers) share.pushed = undefined;
      resolve();
    };
  }

  async #send(question: Asked): Promise<QuotaHeard> {
    const { redis, time, monotonic } = this.#deps;
    const { mode, shares } = question;
    const asked = monotonic();
    const request = this.#requestOf(question);
    let costs: readonly number[] = [];
    const windows = shares.map(({ limited }) => limited);
    const keys = keysOf(redis.keyPrefix, shares);
    const text = await redis
      .run(mode, () => {
        // Noted here and not before, since nothing is sent to a Redis that is known to be away.
        if (mode !== 'peek') costs = shares.map((share) => noteSent(share, request.deadline, asked));
        return this.#script(keys.length, ...keys, JSON.stringify(request));
      })
      .catch(async (error: unknown) => {
        throw await withoutUnreadable(redis, keys, error);
      });
    const reply = JSON.parse(String(text)) as QuotaReply;
    time.heard(reply.now, asked);
    if (!('subjects' in reply)) noteIgnored(shares, costs);
    return { ...reply, asked: windows };
  }

  #requestOf({ mode, shares, cost, full, from }: Asked) {
    const { time, id, fleet, offset } = this.#deps;
    const now = time.now();
    return {
      mode,
      cost,
      id,
      nonce: `${id} ${(this.#asked += 1)}`,
      ...fleet(),
      offset: offset(),
      deadline: time.isKnown() ? now + LATEST_MS : 0,
      subjects: shares.map((share, index) => subjectSpec(share, now, full, from[index])),
    };
  }

  /**
   * Redis knows nothing of these: the table may. If so, and Redis has just begun to be empty or holds what another
   * server counted, others may know better.
   */
  async #seed(shares: readonly HeldShare[], isOld: boolean): Promise<void> {
    const unknown = shares.filter(({ generation }) => generation === undefined);
    const { stored, time, sleep, fleet } = this.#deps;
    await stored.read(unknown);
    const youngForMs = isOld ? YOUNG_MS : fleet().began + YOUNG_MS - time.now();
    // What was granted without Redis is told at once, and then Redis itself waits for the others.
    const wasUsed = unknown.some(
      (share) => !hasUntold(share) && share.rows?.some((row) => mayStillCount(row, time.now())) === true,
    );
    if (wasUsed && youngForMs > 0) await sleep(Math.min(YOUNG_MS, youngForMs));
  }
}

const dataLost = (shares: readonly HeldShare[]): RedisAway => {
  for (const share of shares) share.isLost = true;
  return new RedisAway(DATA_LOST);
};

export const isDataLost = (error: unknown): boolean =>
  error instanceof RedisAway && error.reason === DATA_LOST;
