import type { DependencyCheck } from '../../../application/queries/system-health.ts';
import { reasonOf } from './redis-away.ts';
import type { RedisConnection } from './redis-connection.ts';

const FOUND = { name: 'redis', required: false } as const;

/**
 * Degraded, never down: without Redis calls go on, within this replica's share of every quota and without the shared
 * first tier. The same holds for commands that Redis refuses although it answers pings.
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
