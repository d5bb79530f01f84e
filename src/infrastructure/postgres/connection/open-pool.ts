import { Pool, type PoolConfig } from 'pg';
import { systemClock } from '../../system/system-clock.ts';
import { DatabaseAway } from './database-away.ts';

/** Milliseconds. A server that stops closes all connections at once, for which one log line is enough. */
const SAME_LOSS_MS = 10_000;

/** A pool that survives the loss of connections: without these two listeners, a lost one would end the process. */
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
    // Closed by this process, which has logged it already or is closing the pool: `end` does not wait for the sockets.
    if (!pool.ending && !(error instanceof DatabaseAway)) tell(error.message);
  });
  // If it is in use, its user is told by the rejection of the query under way.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};
