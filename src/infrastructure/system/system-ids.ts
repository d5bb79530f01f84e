import { randomBytes } from 'node:crypto';
import { uuidV7Source } from './uuid-v7.ts';

const POOL_BYTES = 4_096;
let pool = new Uint8Array(0);

/** A few bytes from the system cost as much as a few thousand, so small wishes share one. No byte is given twice. */
const pooledRandomBytes = (size: number): Uint8Array => {
  if (pool.length < size) pool = randomBytes(Math.max(size, POOL_BYTES));
  const taken = pool.subarray(0, size);
  pool = pool.subarray(size);
  return taken;
};

/** The process's own source of ids. */
export const systemIds = uuidV7Source({ now: Date.now, randomBytes: pooledRandomBytes });
