import { createRequire } from 'node:module';
import type * as Ioredis from 'ioredis';
import { outliveSecondErrors } from '../../system/second-errors.ts';
import { judgeSilenceOnceRead } from './judge-silence.ts';

type Driver = Pick<typeof Ioredis, 'Redis' | 'Cluster'>;

const require = createRequire(import.meta.url);

/**
 * Loaded with the first connection only: it takes 20 MB and a tenth of a second, which installations without Redis need
 * not pay.
 */
export const redisDriver = (): Driver => {
  outliveSecondErrors();
  const driver = require('ioredis') as Driver;
  judgeSilenceOnceRead(driver.Redis.prototype);
  return driver;
};
