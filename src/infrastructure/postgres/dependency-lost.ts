import { errorCode } from '../system/error-code.ts';
import { TrailUnavailable } from './trail/call-group.ts';
import { isMisrouted } from './data-error.ts';
import { DatabaseAway } from './connection/database-away.ts';
import { INSUFFICIENT_PRIVILEGE } from './connection/sql-state.ts';
import { endsSession } from './ends-session.ts';
import { KeyMissing } from './key-missing.ts';

/**
 * SQLSTATE of what is no fault of the statement, and may be over soon: connection exception, rollback (deadlock,
 * serialization), insufficient resources (disk, memory, connections), a lock not to be had, intervention (shutdown, a
 * statement that took too long), system error, read-only (a standby).
 */
const LOST_SQLSTATE = /^(08|40|53|55P03|57|58|25006)/;
/**
 * Of the way there: nobody listens or answers, the host or the net is gone, or this machine has no port or file left.
 */
const LOST_SYSCALL = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/** The driver says these without a code. */
const LOST_MESSAGE =
  /^(Connection terminated|Query read timeout|timeout (exceeded )?when trying to connect|timeout expired|Client has encountered a connection error)/;

/** What refuses a row of another tenant: it has the code of a missing right, and is a bug. */
const REFUSES_ROWS = 'ExecWithCheckOptions';

const PASSING = [TrailUnavailable, DatabaseAway, KeyMissing] as const;

/**
 * Whether an unexpected error means that PostgreSQL is away, or too troubled for this work, so that the caller is told
 * to come again.
 */
export const isDependencyLost = (error: unknown): boolean => {
  if (PASSING.some((kind) => error instanceof kind) || isMisrouted(error)) return true;
  if (!(error instanceof Error)) return false;
  // A fatal error is about the session, not the statement: no such database, not accepting
  // connections, a changed password.
  if (endsSession(error)) return true;
  const code = errorCode(error) ?? '';
  if (LOST_SQLSTATE.test(code) || LOST_SYSCALL.has(code) || LOST_MESSAGE.test(error.message)) return true;
  if (code === INSUFFICIENT_PRIVILEGE && !('routine' in error && error.routine === REFUSES_ROWS)) return true;
  // Of a name with several addresses there is one failure each, and the code of the first alone.
  if (error instanceof AggregateError && error.errors.some(isDependencyLost)) return true;
  return error.cause !== undefined && error.cause !== error && isDependencyLost(error.cause);
};
