import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { askedInTime } from '../system/asked-in-time.ts';
import { errorCode } from '../system/error-code.ts';
import type { Database } from './database.ts';
import { queryAsSystem } from './tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly sleep: Sleep };

const TIMEOUT = 1_000;

/** Down when the database does not answer within a second, or answers but lacks the roles or tables it must have. */
export const postgresHealth = ({ database, sleep }: Deps): DependencyCheck => {
  const asked = askedInTime(() => foundIn(database), { sleep, withinMs: TIMEOUT });
  return async () => {
    const { problem } = (await asked()) ?? { problem: `no answer within ${TIMEOUT} ms` };
    // Calls go on without it, as long as the spool takes them.
    const found = { name: 'postgresql', required: false };
    return problem === undefined ? { ...found, status: 'ok' } : { ...found, status: 'down', detail: problem };
  };
};

const foundIn = async (database: Pick<Database, 'pool'>): Promise<{ readonly problem?: string }> => {
  try {
    await queryAsSystem(database, 'select from outbox_messages limit 0', []);
    return {};
  } catch (error) {
    // The code alone (`ECONNREFUSED`, `42501`): messages of the driver may name users and hosts.
    return { problem: errorCode(error) ?? 'not reachable' };
  }
};
