import type { DependencyCheck } from '../../../application/queries/system-health.ts';
import { reasonOf } from './redis-away.ts';
import type { RedisConnection } from './redis-connection.ts';

const FOUND = { name: 'redis', required: false } as const;

/**
 * Degraded without Redis: calls go on, with this replica's share of every quota and without the shared first tier. So
 * they do as far as Redis refuses what it is asked for, of which its answer to a ping tells nothing.
 */
export const redisHealth =
  (redis: Pick<RedisConnection, 'run' | 'refusal'>): DependencyCheck =>
  () =>
    redis
      .run('ping', (client) => client.ping())
      .then(
        () =>
          redis.refusal === undefined
            ? { ...FOUND, status: 'ok' }
            : { ...FOUND, status: 'degraded', detail: `refuses commands: ${redis.refusal.reason}` },
        (error: unknown) => ({ ...FOUND, status: 'degraded', detail: reasonOf(error) }),
      );
