import { isCommandFault, RedisAway } from './connection/redis-away.ts';
import type { RedisConnection } from './connection/redis-connection.ts';

/**
 * What an error of a script over these keys comes to. The script is ours and works: where Redis calls it wrong, one of
 * the keys is not as it is kept here, so that another hand or another version wrote it, and every call would end like
 * this. All of them are removed, since the rest of a state is worth nothing by itself, and count as lost.
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
