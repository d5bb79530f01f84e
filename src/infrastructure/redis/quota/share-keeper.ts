import type { Sleep } from '../../../domain/shared/clock.ts';
import { heartbeatScript } from './heartbeat-script.ts';
import type { HeldShare, ShareTable } from './held-share.ts';
import type { QuotaCaller } from './quota-caller.ts';
import type { QuotaRowWriter } from './quota-row-writer.ts';
import { reportLost, sendAll } from './share-sync.ts';
import type { RedisClock } from './redis-clock.ts';
import type { RedisConnection, RedisScript } from '../connection/redis-connection.ts';
import type { QuotaRowReader } from './quota-row-reader.ts';
import { ObservedFleet, type Fleet, type HeartbeatReply } from './observed-fleet.ts';
import { withoutUnreadable } from '../unreadable-keys.ts';

export type ShareKeeperDeps = {
  readonly redis: Pick<RedisConnection, 'run' | 'script' | 'keyPrefix' | 'isAway'>;
  readonly time: RedisClock;
  readonly sleep: Sleep;
  readonly monotonic: () => number;
  readonly id: string;
  readonly address: string | undefined;
  readonly offset: () => number;
  readonly table: ShareTable;
  readonly caller: QuotaCaller;
  readonly rowWriter: QuotaRowWriter;
  readonly rowReader: Pick<QuotaRowReader, 'readAll'>;
};

/** Well below the silence after which Redis counts a replica as gone (SILENT_AFTER in `script-constants.ts`). */
const EVERY_MS = 500;
/** Pause after rows could not be written. */
const ROWS_AGAIN_MS = 2_000;
const IDLE_MS = 3_600_000;
const MOST_SHARES = 5_000;
const CLOSE_PATIENCE_MS = 2_000;
/** The reason of a loss while Redis is known to be away and is therefore sent nothing. */
const AWAY = 'away';

/**
 * The background job of the limiter: sends heartbeats, keeps Redis and this replica's shares in agreement, reports
 * again what Redis lost, and writes the rows of `api_rate_limits`.
 */
export class ShareKeeper {
  readonly #deps: ShareKeeperDeps;
  readonly #heartbeat: RedisScript;
  readonly #fleet: ObservedFleet;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  /** The beginning of Redis's data for which everything known here was reported. */
  #reportedSince = 0;
  /** The last failure; undefined once a heartbeat has succeeded after it. */
  #lostBy: unknown;
  #rowsAgainAt = 0;
  #nap = new AbortController();
  readonly #begun = Promise.withResolvers<void>();

  constructor(deps: ShareKeeperDeps) {
    this.#deps = deps;
    this.#fleet = new ObservedFleet(deps);
    this.#heartbeat = deps.redis.script('integrationHeartbeat', heartbeatScript, 4);
    this.#stopped = this.#untilStopped();
  }

  get fleet(): Fleet {
    return this.#fleet.current;
  }

  /** The number of replicas among which the rest of a quota is divided while Redis is away. */
  get liveReplicas(): number {
    return this.#fleet.liveReplicas;
  }

  /** False from a failure until the next heartbeat, since only that shows whether Redis still has its data. */
  get isInTouch(): boolean {
    return this.#lostBy === undefined;
  }

  get lostBy(): unknown {
    return this.#lostBy;
  }

  /** Triggers a heartbeat at once, to find out whether Redis is back. */
  lostTouch(why: unknown): void {
    this.#fleet.missed();
    const isNews = this.isInTouch;
    // A later failure explains more than the mere fact that Redis is away.
    if (isNews || this.#lostBy === AWAY) this.#lostBy = why;
    if (isNews) this.#nap.abort();
  }

  /** Resolves when the first heartbeat has been answered or has failed. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#nap.abort();
    await this.#stopped;
    const over = new AbortController();
    await Promise.race([this.#leaveAll(), this.#deps.sleep(CLOSE_PATIENCE_MS, over.signal)]);
    over.abort();
  }

  async #untilStopped(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#nap = new AbortController();
      await this.#round().catch((error: unknown) => this.lostTouch(error));
      this.#begun.resolve();
      await this.#deps.sleep(this.isInTouch ? EVERY_MS : EVERY_MS / 5, this.#nap.signal);
    }
  }

  /** Fails with `RedisAway` while Redis is away; the next round tries again. */
  async #round(): Promise<void> {
    const { table, caller, monotonic, redis } = this.#deps;
    if (redis.isAway) return this.lostTouch(AWAY);
    const isEmptied = await this.#beat();
    await this.#leave(this.#unwanted());
    await reportLost(
      this.#deps,
      table.all().filter(({ isLost }) => isEmptied || isLost),
    );
    await sendAll(
      caller,
      'sync',
      table.all().filter(({ lastSent }) => monotonic() - lastSent >= EVERY_MS),
    );
    // A master of a cluster may have lost its own data while the beginning recorded on another one is unchanged.
    await reportLost(
      this.#deps,
      table.all().filter(({ isLost }) => isLost),
    );
    this.#reportedSince = this.fleet.began;
    if (monotonic() >= this.#rowsAgainAt) await this.#writeRows();
  }

  /** True when Redis has lost its data since everything was reported to it. */
  async #beat(): Promise<boolean> {
    const { redis, id, offset, time, monotonic } = this.#deps;
    const names = ['replicas', 'began', 'told', `at:${this.#deps.address ?? id}`];
    const keys = names.map((name) => `${redis.keyPrefix}{limiter}:${name}`);
    // A replica that has just started was not there before the loss, and has nothing to report.
    const reportedSince = this.#reportedSince === this.#fleet.firstBegan ? 0 : this.#reportedSince;
    const args = [id, offset(), this.#fleet.lastCount, reportedSince];
    const asked = monotonic();
    const reply = await redis
      .run('heartbeat', () => this.#heartbeat(...keys, ...args))
      .catch(async (error: unknown) => {
        throw await withoutUnreadable(redis, keys, error);
      });
    const answer = reply as HeartbeatReply;
    time.observe(answer[0], asked);
    this.#fleet.observe(answer);
    this.#lostBy = undefined;
    return this.fleet.began !== this.#reportedSince;
  }

  #unwanted(): readonly HeldShare[] {
    const { table, monotonic } = this.#deps;
    const shares = table.all();
    const surplus = table.size - MOST_SHARES;
    const oldest = surplus > 0 ? shares.toSorted((a, b) => a.lastUsed - b.lastUsed).slice(0, surplus) : [];
    const idle = shares.filter(({ lastUsed }) => monotonic() - lastUsed > IDLE_MS);
    return [...new Set([...oldest, ...idle])].filter(({ inFlight }) => inFlight === 0);
  }

  async #leave(shares: readonly HeldShare[]): Promise<void> {
    if (shares.length === 0) return;
    await sendAll(this.#deps.caller, 'leave', shares);
    await this.#writeRows();
    for (const share of shares) this.#deps.table.forget(share);
  }

  async #leaveAll(): Promise<void> {
    const { redis, id, table } = this.#deps;
    try {
      await this.#leave(table.all());
      await redis.run('heartbeat', (client) => client.zrem(`${redis.keyPrefix}{limiter}:replicas`, id));
    } catch {
      // Redis is away: it will notice the silence of this replica, and forget it later.
    }
  }

  async #writeRows(): Promise<void> {
    const { table, rowWriter, monotonic } = this.#deps;
    const due = table.all().filter(({ rowDue }) => rowDue);
    for (const share of due) share.rowDue = false;
    try {
      await rowWriter.write(due);
    } catch {
      // Redis and the store report their failures themselves.
      this.#rowsAgainAt = monotonic() + ROWS_AGAIN_MS;
      for (const share of due) share.rowDue = true;
    }
  }
}
