import { Pool, type PoolConfig } from 'pg';
import { systemClock } from '../../system/system-clock.ts';
import { DatabaseAway } from './database-away.ts';

/** Milliseconds: a server that ends, ends all connections at once, and one line says as much as one for each. */
const SAME_LOSS_MS = 10_000;

/**
 * A pool that outlives what happens to its connections: without these two listeners a cut one would end the process.
 */
export const openPool = (
  config: PoolConfig,
  warn: (message: string) => void,
  monotonic = systemClock.monotonic,
): Pool => {
  const pool = new Pool(config);
  let told = { reason: '', at: Number.NEGATIVE_INFINITY };
  const tell = (reason: string): void => {
    const at = monotonic();
    if (reason === told.reason && at - told.at < SAME_LOSS_MS) return;
    told = { reason, at };
    warn(`idle PostgreSQL connection lost: ${reason}`);
  };
  pool.on('error', (error) => {
    // Ended by this process, which has said so already, or is closing: `end` does not wait for the sockets.
    if (!pool.ending && !(error instanceof DatabaseAway)) tell(error.message);
  });
  // One that is in use tells its user as well: the query under way rejects.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};
