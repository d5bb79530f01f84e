import type { Database } from './database.ts';

/** The database's own id (migration 20261126000300): unchanged by a restore, different in every other installation. */
export const installationId = async ({ pool }: Pick<Database, 'pool'>): Promise<string> => {
  const { rows } = await pool.query<{ id: string }>('select installation_id() as id');
  return rows[0]?.id ?? '';
};
