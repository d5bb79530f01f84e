import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { FirstTier, Glance } from '../../cache/cache-tier.ts';
import type { MemoryCacheTier } from '../../cache/memory-cache-tier.ts';
import { entryKey, indexKey, purgeMarkKey } from './cache-keys.ts';
import { KEEP } from './cache-scripts.ts';
import { cachedText, stamp, textOfEntry } from './cached-text.ts';
import { decodedEntries } from './decoded-entries.ts';
import type { RedisConnection } from '../connection/redis-connection.ts';
import { RedisRemovals } from './redis-removals.ts';

type Deps = {
  readonly redis: Pick<RedisConnection, 'keyPrefix' | 'run' | 'script'>;
  /**
   * Keeps entries that must not be written to any disk: Redis writes its memory to snapshots, append-only files and
   * replicas, which we cannot prevent. Such entries stay in this process.
   */
  readonly local: MemoryCacheTier;
  readonly clock: Pick<Clock, 'now'>;
  readonly latest?: (() => number) | undefined;
  /** For one tenant. When it is exceeded, the entries that end first are removed first. */
  readonly maxEntries: number;
};

/** How much longer than it is served Redis keeps a text, so that a late write of an older load is still recognised. */
const LATE_MS = 10_000;
/** Larger texts would delay everybody else's commands in Redis; they are read from the second tier. */
const LARGEST_TEXT = 256 * 1024;

type Read = { readonly entry: CacheEntry | undefined; readonly removedAt?: number; readonly purges: string };

/**
 * The first tier that all replicas share. One command reads an entry together with the mark of its tenant's purges.
 * Nothing here rejects: without Redis nothing is found and nothing is kept.
 */
export class RedisCacheTier implements FirstTier {
  readonly #deps: Deps;
  readonly #keep: ReturnType<RedisConnection['script']>;
  readonly #decode = decodedEntries();
  readonly #removals: RedisRemovals;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#keep = deps.redis.script('integrationKeep', KEEP, 2);
    this.#removals = new RedisRemovals(deps);
  }

  async find(tenant: TenantId, key: string): Promise<Glance> {
    const { local } = this.#deps;
    const read = await this.#read(tenant, key);
    const own = local.find(tenant, key).entry;
    const removedAt = read?.removedAt ?? this.#removals.pendingAt(this.#keyOf(tenant, key));
    if (own === undefined) return { ...read, entry: read?.entry, removedAt };
    if (removedAt !== undefined && own.storedAt < removedAt) {
      local.drop(tenant, key);
      return { ...read, entry: undefined, removedAt };
    }
    const far = read?.entry;
    return {
      entry: far === undefined || far.storedAt <= own.storedAt ? own : far,
      removedAt,
      purges: read?.purges,
    };
  }

  async keep(
    tenant: TenantId,
    entry: CacheEntry,
    limits: { readonly l1Ms: number; readonly mayPersist: boolean },
  ): Promise<void> {
    const { local } = this.#deps;
    if (!limits.mayPersist) return local.keep(tenant, entry, limits);
    const own = local.find(tenant, entry.key).entry;
    if (own !== undefined && own.storedAt <= entry.storedAt) local.drop(tenant, entry.key);
    await this.#write(tenant, entry, limits.l1Ms, 'load');
  }

  async copy(tenant: TenantId, entry: CacheEntry, l1Ms: number): Promise<void> {
    await this.#write(tenant, entry, l1Ms, 'copy');
  }

  async remove(tenant: TenantId, key: string): Promise<boolean> {
    const { local, clock, latest } = this.#deps;
    const near = local.remove(tenant, key);
    const far = await this.#removals.remove(tenant, key, (latest ?? clock.now)());
    return near || far;
  }

  /** In Redis the entry stays until the next load replaces it; until then every reader finds that it is purged. */
  drop(tenant: TenantId, key: string): void {
    this.#deps.local.drop(tenant, key);
  }

  async size(tenant: TenantId): Promise<number> {
    const { redis, local, clock } = this.#deps;
    const index = indexKey(redis.keyPrefix, tenant);
    const shared = await redis
      .run('cache-count', (client) => client.zcount(index, `(${clock.now()}`, '+inf'))
      .catch(() => 0);
    return shared + local.size(tenant);
  }

  onForgotten(listener: (tenant: TenantId, removedAt: number) => void): void {
    this.#removals.onForgotten(listener);
  }

  #keyOf(tenant: TenantId, key: string): string {
    return entryKey(this.#deps.redis.keyPrefix, tenant, key);
  }

  async #read(tenant: TenantId, key: string): Promise<Read | undefined> {
    const { redis } = this.#deps;
    const at = this.#keyOf(tenant, key);
    const markAt = purgeMarkKey(redis.keyPrefix, tenant);
    // Looked up before Redis is asked: another call may carry out the pending removal meanwhile, while the answer of
    // Redis here is still from before it.
    const asked = this.#removals.pendingAt(at);
    try {
      const [text, mark] = await redis.run('cache-get', (client) => client.mget(at, markAt));
      const purges = mark ?? '';
      const pending = this.#removals.pendingAt(at) ?? asked;
      this.#removals.makeUp();
      if (pending !== undefined) return { entry: undefined, removedAt: pending, purges };
      if (typeof text !== 'string') return { entry: undefined, purges };
      return { ...this.#entryIn(text, key, at), purges };
    } catch {
      return undefined;
    }
  }

  #entryIn(text: string, key: string, at: string): Omit<Read, 'purges'> {
    const cached = cachedText(text);
    if (cached?.kind === 'removal') return { entry: undefined, removedAt: cached.at };
    const entry = cached === undefined ? undefined : this.#decode(text, cached.json, key);
    if (cached === undefined || entry === undefined) {
      this.#unlink([at]);
      return { entry: undefined };
    }
    return { entry: this.#deps.clock.now() < cached.keptUntil ? entry : undefined };
  }

  async #write(tenant: TenantId, entry: CacheEntry, l1Ms: number, kind: 'load' | 'copy'): Promise<void> {
    const { redis, clock, maxEntries } = this.#deps;
    const now = clock.now();
    const keptUntil = Math.min(now + l1Ms, entry.goneAt);
    const text = textOfEntry(entry, keptUntil);
    if (text.length > LARGEST_TEXT) return;
    const entryAt = this.#keyOf(tenant, entry.key);
    const keys = [entryAt, indexKey(redis.keyPrefix, tenant)];
    const lifeMs = Math.max(0, keptUntil - now) + LATE_MS;
    const values = [stamp(entry.storedAt), text, lifeMs, keptUntil, now, maxEntries, kind];
    try {
      const excess = await redis.run('cache-set', () => this.#keep(...keys, ...values));
      if (kind === 'load') this.#removals.supersede(entryAt, entry.storedAt);
      if (Array.isArray(excess) && excess.length > 0) this.#unlink(excess as string[]);
    } catch {
      // The second tier still has it.
    }
  }

  /** All keys are of one tenant, hence in one slot of a cluster. */
  #unlink(keys: readonly string[]): void {
    this.#deps.redis.run('cache-remove', (client) => client.unlink(...keys)).catch(() => undefined);
  }
}
