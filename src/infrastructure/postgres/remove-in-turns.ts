import type { Pool } from 'pg';
import { queryAsSystem } from './tenant-session.ts';

/**
 * Rows of one statement: they take a hundredth of the statement time-out. Whoever wants to change one of them waits
 * that long.
 */
const AT_ONCE = 5_000;

/**
 * A statement that deletes a limited number of rows for which `condition` holds; `$1` in it is a time. `key` identifies
 * a row. Rows locked by others are skipped, so replicas that do the same at the same time share the work, and nobody
 * waits.
 */
export const removal = (table: string, condition: string, key = 'ctid'): string =>
  `delete from ${table} where ${key} = any (array (
    select ${key} from ${table} where ${condition} limit ${AT_ONCE} for update skip locked))`;

/** Repeats a `removal` until nothing is left to delete. Returns the number of rows. */
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
