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

/** Longer than any entry lives in the memory of one process (licence.ts: five minutes). */
const REMOVAL_LIFE_MS = 600_000;
const MOST_PENDING = 1_000;

/**
 * Removals of single entries from Redis. A removal that could not reach Redis is kept here and carried out later, since
 * Redis may come back with the entry. Nothing here rejects.
 */
export class RedisRemovals {
  readonly #deps: Deps;
  readonly #remove: ReturnType<RedisConnection['script']>;
  /** By the key in Redis, which begins with the tenant, so that callers cannot mix up tenants. */
  readonly #pending = new Map<string, Removal>();
  #tellForgotten: (tenant: TenantId, removedAt: number) => void = () => undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#remove = deps.redis.script('integrationRemove', REMOVE, 2);
  }

  /**
   * The listener is called with a removal for which there is no more room: any removed entry of its tenant may
   * reappear.
   */
  onForgotten(listener: (tenant: TenantId, removedAt: number) => void): void {
    this.#tellForgotten = listener;
  }

  /** The time of a removal that Redis may not have carried out yet; by the key in Redis. */
  pendingAt(redisKey: string): number | undefined {
    return this.#pending.get(redisKey)?.at;
  }

  /** Resolves to true if there was a living entry. */
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

  /**
   * An entry whose load began after the removal makes the removal obsolete; a load that was under way at the time does
   * not.
   */
  supersede(redisKey: string, storedAt: number): void {
    const at = this.pendingAt(redisKey);
    if (at !== undefined && at <= storedAt) this.#pending.delete(redisKey);
  }

  /** Carries out the pending removals. To be called when Redis has answered. */
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
