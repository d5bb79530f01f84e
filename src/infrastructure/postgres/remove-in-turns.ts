import type { Pool } from 'pg';
import { queryAsSystem } from './tenant-session.ts';

/** A hundredth of what a statement may take. Who wants to change one of these rows waits for its end. */
const AT_ONCE = 5_000;

/**
 * Removes so many of the rows for which `condition` holds; `$1` in it is a moment. `key` names a row by itself. Replicas
 * that do the same at the same time share the rows, and nobody waits for one that is being changed.
 */
export const removal = (table: string, condition: string, key = 'ctid'): string =>
  `delete from ${table} where ${key} = any (array (
    select ${key} from ${table} where ${condition} limit ${AT_ONCE} for update skip locked))`;

/** Carries a `removal` out until nothing is left to remove. Returns how many rows were. */
export const removeInTurns = async (
  database: { readonly pool: Pool },
  statement: string,
  before: number,
): Promise<number> => {
  for (let removed = 0; ;) {
    const { rowCount } = await queryAsSystem(database, statement, [new Date(before)]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < AT_ONCE) return removed;
  }
};
