import { isLeft } from '../../domain/shared/fp.ts';
import { parseRedisUrl } from '../redis/connection/redis-url.ts';
import { certificatesFile } from './certificates-file.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** With several hosts it is not a URL to the standard parser. */
export const redisUrl = (read: EnvironmentReader): string | undefined => {
  const given = read.text('REDIS_URL');
  const target = given === undefined ? undefined : parseRedisUrl(given);
  if (target !== undefined && isLeft(target)) read.problem('REDIS_URL', target.left);
  return given;
};

/** Refused where it would not be used, since whoever sets it believes the connection to Redis to be encrypted. */
export const redisCa = (read: EnvironmentReader): string | undefined => {
  const ca = certificatesFile(read, 'REDIS_CA_PATH');
  if (ca !== undefined && read.text('REDIS_URL')?.startsWith('rediss:') !== true)
    read.problem('REDIS_CA_PATH', 'needs a REDIS_URL that begins with rediss://');
  return ca;
};

/** No braces: they mark the hash tag by which a cluster distributes keys. */
export const redisKeyPrefix = (read: EnvironmentReader): string => {
  const given = read.text('REDIS_KEY_PREFIX') ?? 'integration:';
  if (!/^[\w:.-]{1,64}$/.test(given))
    read.problem('REDIS_KEY_PREFIX', 'letters, digits, ":", "_", "." and "-", at most 64');
  return given;
};
