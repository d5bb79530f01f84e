import type { Pool, PoolClient } from 'pg';

/** A pool whose first connection breaks after a commit was carried out and before it was acknowledged. */
export const cutAfterCommit = (pool: Pool): Pool => {
  let cuts = 1;
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    if (cuts === 0) return client;
    cuts -= 1;
    const query = async (text: string, values?: unknown[]): Promise<unknown> => {
      const answer = await client.query(text, values);
      if (text === 'commit') throw new Error('Connection terminated unexpectedly');
      return answer;
    };
    return Object.assign(Object.create(client) as PoolClient, {
      query,
      release: (destroy?: boolean) => client.release(destroy),
    });
  };
  return Object.assign(Object.create(pool) as Pool, { connect });
};
