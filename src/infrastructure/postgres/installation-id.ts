import type { Database } from './database.ts';

/** The database's own name for itself (migration 20261126000300): the same after a restore, another one elsewhere. */
export const installationId = async ({ pool }: Pick<Database, 'pool'>): Promise<string> => {
  const { rows } = await pool.query<{ id: string }>('select installation_id() as id');
  return rows[0]?.id ?? '';
};
