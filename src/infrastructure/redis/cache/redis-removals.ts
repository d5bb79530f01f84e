import type { Clock } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { RedisConnection } from '../connection/redis-connection.ts';
import { entryKey, indexKey } from './cache-keys.ts';
import { REMOVE } from './cache-scripts.ts';
import { stamp, textOfRemoval } from './cached-text.ts';

type Deps = {
  readonly redis: Pick<RedisConnection, 'keyPrefix' | 'run' | 'script'>;
  readonly clock: Pick<Clock, 'now'>;
};
type Removal = { readonly tenant: TenantId; readonly key: string; readonly at: number };

/** Longer than any entry lives in a process alone (licence.ts: five minutes). */
const REMOVAL_LIFE_MS = 600_000;
const MOST_PENDING = 1_000;

/**
 * Removals of single entries from Redis. One that Redis was not there for is kept here and made up for later, since
 * Redis may come back with what was to be removed. Nothing here rejects.
 */
export class RedisRemovals {
  readonly #deps: Deps;
  readonly #remove: ReturnType<RedisConnection['script']>;
  /** By the key in Redis, which begins with the tenant whatever the caller named. */
  readonly #pending = new Map<string, Removal>();
  #tellForgotten: (tenant: TenantId, removedAt: number) => void = () => undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#remove = deps.redis.script('integrationRemove', REMOVE, 2);
  }

  /** Called with a removal that is one too many to be kept: all of its tenant may come back. */
  onForgotten(listener: (tenant: TenantId, removedAt: number) => void): void {
    this.#tellForgotten = listener;
  }

  /** Since when an entry, by its key in Redis, is removed although Redis may still have it. */
  pendingAt(redisKey: string): number | undefined {
    return this.#pending.get(redisKey)?.at;
  }

  /** True when there was a living entry. */
  async remove(tenant: TenantId, key: string, at: number): Promise<boolean> {
    const { redis, clock } = this.#deps;
    const removedKey = entryKey(redis.keyPrefix, tenant, key);
    const keys = [removedKey, indexKey(redis.keyPrefix, tenant)];
    try {
      const values = [textOfRemoval(at), REMOVAL_LIFE_MS, stamp(clock.now())];
      const reply = await redis.run('cache-remove', () => this.#remove(...keys, ...values));
      const [wasLiving, isNoted] = reply as readonly [number, number];
      if (isNoted === 0) this.#remember(removedKey, { tenant, key, at });
      return wasLiving === 1;
    } catch {
      this.#remember(removedKey, { tenant, key, at });
      return false;
    }
  }

  /** A load that began after the removal takes its place; one that was under way then is to be removed, too. */
  supersede(redisKey: string, storedAt: number): void {
    const at = this.pendingAt(redisKey);
    if (at !== undefined && at <= storedAt) this.#pending.delete(redisKey);
  }

  /** To be called when Redis has answered. */
  makeUp(): void {
    if (this.#pending.size === 0) return;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { tenant, key, at } of pending) void this.remove(tenant, key, at);
  }

  #remember(redisKey: string, removal: Removal): void {
    if (this.#pending.size < MOST_PENDING) this.#pending.set(redisKey, removal);
    else this.#tellForgotten(removal.tenant, removal.at);
  }
}
