import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import type { Database } from './database.ts';
import { queryAsSystem } from './tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly sleep: Sleep };

const TIMEOUT = 1_000;

/** Down when the database does not answer within a second, or answers but lacks the roles or tables it must have. */
export const postgresHealth =
  ({ database, sleep }: Deps): DependencyCheck =>
  async () => {
    const answered = new AbortController();
    const late = sleep(TIMEOUT, answered.signal).then(() => `no answer within ${TIMEOUT} ms`);
    const problem = await Promise.race([problemOf(database), late]);
    answered.abort();
    // Calls go on without it, as long as the spool takes them.
    const found = { name: 'postgresql', required: false };
    return problem === undefined ? { ...found, status: 'ok' } : { ...found, status: 'down', detail: problem };
  };

const problemOf = async (database: Pick<Database, 'pool'>): Promise<string | undefined> => {
  try {
    await queryAsSystem(database, 'select from outbox_messages limit 0', []);
    return undefined;
  } catch (error) {
    // The code alone (`ECONNREFUSED`, `42501`): messages of the driver may name users and hosts.
    return error instanceof Error && 'code' in error ? String(error.code) : 'not reachable';
  }
};
