import { isLeft } from '../../domain/shared/fp.ts';
import { parseRedisUrl } from '../redis/connection/redis-url.ts';
import { certificatesFile } from './certificates-file.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** No URL to the standard's parser when it names several hosts. */
export const redisUrl = (read: EnvironmentReader): string | undefined => {
  const given = read.text('REDIS_URL');
  const target = given === undefined ? undefined : parseRedisUrl(given);
  if (target !== undefined && isLeft(target)) read.problem('REDIS_URL', target.left);
  return given;
};

/** Refused where it would not be used: who sets it believes the way to Redis encrypted. */
export const redisCa = (read: EnvironmentReader): string | undefined => {
  const ca = certificatesFile(read, 'REDIS_CA_PATH');
  if (ca !== undefined && read.text('REDIS_URL')?.startsWith('rediss:') !== true)
    read.problem('REDIS_CA_PATH', 'needs a REDIS_URL that begins with rediss://');
  return ca;
};

/** No braces: they say by what a cluster spreads the keys. */
export const redisKeyPrefix = (read: EnvironmentReader): string => {
  const given = read.text('REDIS_KEY_PREFIX') ?? 'integration:';
  if (!/^[\w:.-]{1,64}$/.test(given))
    read.problem('REDIS_KEY_PREFIX', 'letters, digits, ":", "_", "." and "-", at most 64');
  return given;
};
