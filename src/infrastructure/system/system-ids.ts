import { randomBytes } from 'node:crypto';
import { uuidV7Source } from './uuid-v7.ts';

const POOL_BYTES = 4_096;
let pool = new Uint8Array(0);

/**
 * A few random bytes from the system cost as much as a few thousand, so small requests share a pool. No byte is
 * returned twice.
 */
const pooledRandomBytes = (size: number): Uint8Array => {
  if (pool.length < size) pool = randomBytes(Math.max(size, POOL_BYTES));
  const taken = pool.subarray(0, size);
  pool = pool.subarray(size);
  return taken;
};

/** The source of ids of this process. */
export const systemIds = uuidV7Source({ now: Date.now, randomBytes: pooledRandomBytes });
