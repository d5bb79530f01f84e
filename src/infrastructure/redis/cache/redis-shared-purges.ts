import { scopeFrom, scopeText, type PurgeStamp } from '../../../domain/cache/invalidation.ts';
import type { IdSource } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { SharedPurges, SharedStamps } from '../../cache/cache-tier.ts';
import { purgeMarkKey, purgesKey } from './cache-keys.ts';
import { LOAD_PURGES, PUBLISH_PURGES } from './cache-scripts.ts';
import type { RedisConnection } from '../connection/redis-connection.ts';

type Redis = Pick<RedisConnection, 'keyPrefix' | 'run' | 'script'>;

const keysOf = ({ keyPrefix }: Redis, tenant: TenantId): readonly [string, string] => [
  purgeMarkKey(keyPrefix, tenant),
  purgesKey(keyPrefix, tenant),
];

/** Purges shared by all replicas through Redis, which tells them at once. PostgreSQL is the source of truth. */
export const redisSharedPurges = (redis: Redis, ids: IdSource): SharedPurges => {
  const loading = redis.script('integrationLoadPurges', LOAD_PURGES, 2);
  const publishing = redis.script('integrationPublishPurges', PUBLISH_PURGES, 2);
  return {
    load: async (tenant) => {
      const shared = decoded(await redis.run('cache-purges', () => loading(...keysOf(redis, tenant))));
      return shared.mark === '' ? undefined : shared;
    },
    publish: async (tenant, stamps) => {
      const pairs = stamps.flatMap(({ scope, purgedAt }) => [scopeText(scope), purgedAt]);
      return decoded(
        await redis.run('cache-purge', () => publishing(...keysOf(redis, tenant), ids.uuid(), ...pairs)),
      );
    },
  };
};

/**
 * The mark is stored with the purges, too. If the two copies differ, one of the keys was lost, and nothing is known.
 */
const decoded = (reply: unknown): SharedStamps => {
  const [mark, flat] = reply as readonly [string, readonly string[]];
  const byScope = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) byScope.set(flat[at] ?? '', flat[at + 1] ?? '');
  if (byScope.get('mark') !== mark) return { mark: '', stamps: [] };
  return { mark, stamps: [...byScope].flatMap(([scope, purgedAt]) => stampOf(scope, Number(purgedAt))) };
};

const stampOf = (text: string, purgedAt: number): readonly PurgeStamp[] => {
  const scope = text.startsWith('[') ? scopeFrom(text) : undefined;
  return scope === undefined || !Number.isFinite(purgedAt) ? [] : [{ scope, purgedAt }];
};
