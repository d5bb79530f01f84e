import type { DependencyCheck } from '../../application/queries/system-health.ts';
import { reasonOf } from './redis-away.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Degraded without Redis: calls go on, with this replica's share of every quota and without the shared first tier. */
export const redisHealth =
  (redis: Pick<RedisConnection, 'run'>): DependencyCheck =>
  () =>
    redis
      .run('ping', (client) => client.ping())
      .then(
        () => ({ name: 'redis', required: false, status: 'ok' }),
        (error: unknown) => ({ name: 'redis', required: false, status: 'degraded', detail: reasonOf(error) }),
      );
