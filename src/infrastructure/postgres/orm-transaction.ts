import { sql, type Kysely } from 'kysely';
import { DatabaseError } from 'pg';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { Orm } from './orm/orm.ts';
import type { Tables } from './orm/records.ts';
import { sessionLimits } from './tenant-session.ts';

/** An open transaction of one tenant, as role `integration_app`. */
export type OrmTransaction = {
  /** Bound to this transaction for good: after its end a query fails instead of running without a tenant. */
  readonly queries: Kysely<Tables>;
  /**
   * Runs `work` after a savepoint. A database error that `refusal` recognises rolls back to it and becomes the result.
   */
  readonly attempt: <A>(
    work: (queries: Kysely<Tables>) => Promise<A>,
    refusal: (error: DatabaseError) => A | undefined,
  ) => Promise<A>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
};

/** The session settings belong to the fork: passed to `transactional()` instead, MikroORM 7 silently ignores them. */
export const beginInTenant = async (orm: Orm, tenant: TenantId): Promise<OrmTransaction> => {
  const em = orm.em.fork({
    session: { role: 'integration_app', variables: { ...sessionLimits, 'app.tenant': tenant } },
  });
  await em.begin();
  const queries: Kysely<Tables> = em.getKysely();
  return {
    queries,
    attempt: async (work, refusal) => {
      try {
        return await em.transactional((inner) => work(inner.getKysely()));
      } catch (error) {
        const refused = error instanceof DatabaseError ? refusal(error) : undefined;
        if (refused === undefined) throw error;
        return refused;
      }
    },
    commit: async () => {
      // PostgreSQL answers `ROLLBACK` to the commit of a failed transaction, which Kysely takes for a success. This
      // query fails then.
      await sql`select`.execute(queries);
      await em.commit();
    },
    rollback: () => em.rollback(),
  };
};
