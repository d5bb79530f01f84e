import type { Pool, PoolClient } from 'pg';
import type { CloudEvent } from '../../../src/application/event-bus.ts';
import type { Database } from '../../../src/infrastructure/postgres/database.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';

export type StoredTrail = { readonly records: readonly string[]; readonly events: readonly string[] };

export const emptyTrail = async (database: Database): Promise<void> => {
  await database.pool.query('truncate integration_logs, outbox_messages');
};

export const storedEvents = async (database: Database): Promise<readonly CloudEvent[]> => {
  const { rows } = await queryAsSystem<{ messages: string }>(
    database,
    'select messages from outbox_messages order by id',
    [],
  );
  return rows.flatMap(({ messages }) => JSON.parse(messages) as CloudEvent[]);
};

export const storedTrail = async (database: Database): Promise<StoredTrail> => {
  const { rows } = await queryAsSystem<{ id: string }>(
    database,
    'select id from integration_logs order by id',
    [],
  );
  return { records: rows.map(({ id }) => id), events: (await storedEvents(database)).map(({ id }) => id) };
};

type Fault = 'none' | 'unreachable' | 'lost-before' | 'lost-after';

/** A pool whose connections fail on demand: before a statement reaches the server, or after it was committed. */
export const faultyPool = (pool: Pool) => {
  let fault: Fault = 'none';
  let times = 0;
  const lost = new Error('Connection terminated unexpectedly');
  const takeFault = (...kinds: readonly Fault[]): boolean => {
    if (times === 0 || !kinds.includes(fault)) return false;
    times -= 1;
    return true;
  };
  const connect = async (): Promise<PoolClient> => {
    if (takeFault('unreachable')) throw new Error('connect ECONNREFUSED 127.0.0.1:1');
    const client = await pool.connect();
    const ask = client.query.bind(client) as (...statement: readonly unknown[]) => Promise<unknown>;
    const query = async (...statement: readonly unknown[]) => {
      if (takeFault('lost-before')) throw lost;
      const answer = await ask(...statement);
      if (takeFault('lost-after')) throw lost;
      return answer;
    };
    return { query, release: client.release.bind(client) } as unknown as PoolClient;
  };
  return {
    pool: { connect } as unknown as Pick<Pool, 'connect'>,
    fail: (kind: Fault, count = Number.POSITIVE_INFINITY) => {
      fault = kind;
      times = kind === 'none' ? 0 : count;
    },
  };
};
