import {
  beginPush,
  hasUnreported,
  pushArrived,
  pushInDoubt,
} from '../../../domain/rate-limit/replica-share.ts';
import type { Sleep } from '../../../domain/shared/clock.ts';
import type { HeldShare } from './held-share.ts';
import type { Fleet } from './observed-fleet.ts';
import {
  keysOf,
  subjectSpec,
  type QuotaAnswer,
  type ReceivedReply,
  type QuotaMode,
  type QuotaReply,
} from './quota-messages.ts';
import { quotaScript } from './quota-script.ts';
import { RedisAway } from '../connection/redis-away.ts';
import type { RedisClock } from './redis-clock.ts';
import type { RedisConnection, RedisScript } from '../connection/redis-connection.ts';
import { mayStillCount } from './row-units.ts';
import { applyAnswer, markSent, takeBackCosts } from './share-exchange.ts';
import type { QuotaRowReader } from './quota-row-reader.ts';
import { withoutUnreadable } from '../unreadable-keys.ts';

export type QuotaCallerDeps = {
  readonly redis: Pick<RedisConnection, 'run' | 'script' | 'keyPrefix'>;
  readonly time: RedisClock;
  readonly sleep: Sleep;
  readonly monotonic: () => number;
  readonly rowReader: Pick<QuotaRowReader, 'read'>;
  readonly id: string;
  readonly fleet: () => Fleet;
  /** Milliseconds added to Redis's clock. Zero except in tests, where all processes share the same. */
  readonly offset: () => number;
};

/** The deadline of a command: the script ignores it when it runs later than this after it was sent. */
const LATEST_MS = 250;
/** For so long after Redis lost its data, other replicas may still have to report their calls. */
const YOUNG_MS = 3_000;
const ATTEMPTS = 5;
const DATA_LOST = 'data lost';

type Asked = {
  readonly mode: QuotaMode;
  readonly shares: readonly HeldShare[];
  readonly cost: number;
  /** The request carries everything that this replica knows of the subjects. */
  readonly full: boolean;
  readonly from: readonly number[];
};

type More = {
  /** For `delay`: the time as of which the call of each share was counted. */
  readonly from?: readonly number[];
  /** The rows of these shares were just read from the table. */
  readonly areRowsRead?: boolean;
};

/** Runs the quota script, sends along what Redis does not know yet, and updates the shares from its answers. */
export class QuotaCaller {
  readonly #deps: QuotaCallerDeps;
  readonly #script: RedisScript;
  #asked = 0;

  constructor(deps: QuotaCallerDeps) {
    this.#deps = deps;
    this.#script = deps.redis.script('integrationQuota', quotaScript);
  }

  /** All shares must be of one tenant. Rejects with `RedisAway` when there is no usable answer. */
  async ask(
    mode: QuotaMode,
    shares: readonly HeldShare[],
    cost: number,
    { from = [], areRowsRead = false }: More = {},
  ): Promise<QuotaAnswer> {
    const { rowReader } = this.#deps;
    let full = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const reply = await this.#once({ mode, shares, cost, full, from });
      if ('subjects' in reply) return reply;
      // The share keeper will report everything, for all subjects; until then each replica is confined to its
      // share.
      if (reply.kind === 'lost' && !areRowsRead && mode !== 'leave') throw dataLost(shares);
      if (reply.kind === 'lost' && !areRowsRead) await rowReader.read(shares);
      if (reply.kind === 'absent') await this.#seed(shares, reply.old === true);
      if (reply.kind !== 'late') full = true;
    }
    throw new RedisAway('no usable answer');
  }

  async #once(asked: Asked): Promise<ReceivedReply> {
    const { mode, shares, cost } = asked;
    if (mode === 'peek') return this.#send(asked);
    // A push (calls granted without Redis) must arrive before any later command about the same shares.
    while (shares.some(({ pushUnderWay }) => pushUnderWay !== undefined))
      await Promise.all(shares.map(async ({ pushUnderWay }) => pushUnderWay));
    const pushers = shares.filter(hasUnreported);
    const ended = this.#begin(pushers);
    const inFlight = mode === 'take' ? cost : 0;
    for (const share of shares) share.inFlight += inFlight;
    try {
      const reply = await this.#send(asked);
      const now = this.#deps.time.now();
      for (const share of pushers) ('subjects' in reply ? pushArrived : pushInDoubt)(share, now);
      if ('subjects' in reply) applyAnswer(shares, reply, cost);
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
      share.pushUnderWay = promise;
    }
    return () => {
      for (const share of pushers) share.pushUnderWay = undefined;
      resolve();
    };
  }

  async #send(question: Asked): Promise<ReceivedReply> {
    const { redis, time, monotonic } = this.#deps;
    const { mode, shares } = question;
    const asked = monotonic();
    const request = this.#requestOf(question);
    let costs: readonly number[] = [];
    const windows = shares.map(({ limited }) => limited);
    const keys = keysOf(redis.keyPrefix, shares);
    const text = await redis
      .run(mode, () => {
        // Marked only here: while Redis is known to be away, `run` rejects before anything is sent.
        if (mode !== 'peek') costs = shares.map((share) => markSent(share, request.deadline, asked));
        return this.#script(keys.length, ...keys, JSON.stringify(request));
      })
      .catch(async (error: unknown) => {
        throw await withoutUnreadable(redis, keys, error);
      });
    const reply = JSON.parse(String(text)) as QuotaReply;
    time.observe(reply.now, asked);
    if (!('subjects' in reply)) takeBackCosts(shares, costs);
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
   * Redis knows nothing of these subjects, but the table may. If its rows hold calls, and Redis lost its data a moment
   * ago or holds what another run of the server counted, other replicas may know of later calls: wait for their
   * reports.
   */
  async #seed(shares: readonly HeldShare[], isOld: boolean): Promise<void> {
    const unknown = shares.filter(({ generation }) => generation === undefined);
    const { rowReader, time, sleep, fleet } = this.#deps;
    await rowReader.read(unknown);
    const youngForMs = isOld ? YOUNG_MS : fleet().began + YOUNG_MS - time.now();
    // Nothing to wait for with calls granted without Redis: they are reported at once, and the script itself then waits
    // for the other replicas.
    const wasUsed = unknown.some(
      (share) => !hasUnreported(share) && share.rows?.some((row) => mayStillCount(row, time.now())) === true,
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
