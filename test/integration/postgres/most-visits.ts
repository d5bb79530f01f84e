import type { Pool } from 'pg';

/** A node of a plan in the format of `explain (analyze, format json)`: row counts are means per loop. */
type Node = {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
};

const visits = (node: Node): readonly number[] => [
  (node['Actual Rows'] + (node['Rows Removed by Join Filter'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) *
    node['Actual Loops'],
  ...(node.Plans ?? []).flatMap(visits),
];

/**
 * Runs `work` with a pool that explains, and really executes, its one statement with parameters; the statement's
 * results are not returned. Resolves with the number of rows processed by the step that processed the most: the cost of
 * a plan, independent of the machine.
 */
export const mostVisits = async (
  pool: Pool,
  work: (explaining: Pool) => Promise<unknown>,
): Promise<number> => {
  const plans: Node[] = [];
  const connect = async () => {
    const client = await pool.connect();
    return {
      release: () => client.release(),
      query: async (text: string, values?: unknown[]) => {
        if (values === undefined) return client.query(text);
        const { rows } = await client.query(`explain (analyze, timing off, format json) ${text}`, values);
        plans.push(rows[0]['QUERY PLAN'][0].Plan);
        return { rows: [], rowCount: 0 };
      },
    };
  };
  await work({ connect } as unknown as Pool);
  return Math.max(...plans.flatMap(visits));
};
