import type { DependencyCheck, DependencyHealth } from '../../application/queries/system-health.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { askedInTime } from '../system/asked-in-time.ts';
import { errorCode } from '../system/error-code.ts';
import type { Database } from './database.ts';
import { queryAsSystem } from './tenant-session.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly sleep: Sleep };

const TIMEOUT_MS = 1_000;

/**
 * Down when the database does not answer within a second or lacks the roles or tables it must have; degraded when it is
 * read-only (a standby, `default_transaction_read_only`, a provider's full disk).
 */
export const postgresHealth = ({ database, sleep }: Deps): DependencyCheck => {
  const asked = askedInTime(() => foundIn(database), { sleep, withinMs: TIMEOUT_MS });
  return async () => {
    const found = (await asked()) ?? { status: 'down', detail: `no answer within ${TIMEOUT_MS} ms` };
    // Not required: calls go on without it as long as the spool takes them.
    return { name: 'postgresql', required: false, ...found };
  };
};

const READ_ONLY = `select current_setting('transaction_read_only') = 'on' as read_only
  from (values (1)) as one left join (select from outbox_messages limit 0) as ours on true`;

const foundIn = async (
  database: Pick<Database, 'pool'>,
): Promise<Pick<DependencyHealth, 'status' | 'detail'>> => {
  try {
    const { rows } = await queryAsSystem<{ read_only: boolean }>(database, READ_ONLY, []);
    return rows[0]?.read_only === true ? { status: 'degraded', detail: 'read-only' } : { status: 'ok' };
  } catch (error) {
    // Only the code (`ECONNREFUSED`, `42501`): messages of the driver may name users and hosts.
    return { status: 'down', detail: errorCode(error) ?? 'not reachable' };
  }
};
