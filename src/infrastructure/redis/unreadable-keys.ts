import { isCommandFault, RedisAway } from './connection/redis-away.ts';
import type { RedisConnection } from './connection/redis-connection.ts';

/**
 * Translates an error of one of our scripts. The script itself is known to work: if Redis still rejects it, a key holds
 * data of another shape, written by somebody else or another version, and every further call would fail the same way.
 * All keys are removed, since parts of a state are worthless on their own, and their data count as lost.
 */
export const withoutUnreadable = async (
  redis: Pick<RedisConnection, 'run'>,
  keys: readonly string[],
  error: unknown,
): Promise<unknown> => {
  if (!isCommandFault(error)) return error;
  await redis.run('remove-unreadable', (client) => client.unlink(...keys));
  return new RedisAway('unreadable');
};
