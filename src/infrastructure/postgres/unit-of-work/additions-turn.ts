import { sql, type Kysely } from 'kysely';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Tables } from '../orm/records.ts';

/** First number of the advisory lock: "adds". */
const LOCK = 1_633_969_267;

/**
 * Waits until no other transaction of the tenant holds this turn, and holds it until the transaction ends. Two
 * additions at once would otherwise both find room below the tenant's limit. To be awaited before any row is locked: a
 * transaction that waits here holding rows could deadlock.
 */
export const additionsTurn = async (queries: Kysely<Tables>, tenant: TenantId): Promise<void> => {
  await sql`select pg_advisory_xact_lock(${LOCK}, hashtext(${tenant}))`.execute(queries);
};
