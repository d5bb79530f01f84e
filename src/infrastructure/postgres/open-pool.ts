import { Pool, type PoolConfig } from 'pg';
import { DatabaseAway } from './database-away.ts';

/** A pool that outlives what happens to its connections: without these two listeners a cut one would end the process. */
export const openPool = (config: PoolConfig, warn: (message: string) => void): Pool => {
  const pool = new Pool(config);
  pool.on('error', (error) => {
    // Ended by this process, which has said so already, or is closing: `end` does not wait for the sockets.
    if (!pool.ending && !(error instanceof DatabaseAway))
      warn(`idle PostgreSQL connection lost: ${error.message}`);
  });
  // One that is in use tells its user as well: the query under way rejects.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};
