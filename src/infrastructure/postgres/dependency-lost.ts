import { errorCode } from '../system/error-code.ts';
import { TrailUnavailable } from './trail/call-group.ts';
import { isMisrouted } from './data-error.ts';
import { DatabaseAway } from './connection/database-away.ts';
import { INSUFFICIENT_PRIVILEGE } from './connection/sql-state.ts';
import { endsSession } from './ends-session.ts';
import { KeyMissing } from './key-missing.ts';

/**
 * SQLSTATEs that are no fault of the statement and may soon be over: connection exception, rollback (deadlock,
 * serialization), insufficient resources (disk, memory, connections), a lock not available, intervention (shutdown,
 * statement time-out), system error, read-only (a standby).
 */
const LOST_SQLSTATE = /^(08|40|53|55P03|57|58|25006)/;
/**
 * Failures on the way to the server: it does not listen or answer, host or network are down, or this machine has no
 * port or file descriptor left.
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
/** Errors of the driver that have no code. */
const LOST_MESSAGE =
  /^(Connection terminated|Query read timeout|timeout (exceeded )?when trying to connect|timeout expired|Client has encountered a connection error)/;

/** The routine that refuses a row of another tenant; its error has the code of a missing privilege, but is a bug. */
const REFUSES_ROWS = 'ExecWithCheckOptions';

const PASSING = [TrailUnavailable, DatabaseAway, KeyMissing] as const;

/**
 * Whether an unexpected error means that PostgreSQL is away, or too troubled for this work, so that the caller should
 * retry later.
 */
export const isDependencyLost = (error: unknown): boolean => {
  if (PASSING.some((kind) => error instanceof kind) || isMisrouted(error)) return true;
  if (!(error instanceof Error)) return false;
  // A fatal error concerns the session, not the statement: no such database, not accepting connections, a changed
  // password.
  if (endsSession(error)) return true;
  const code = errorCode(error) ?? '';
  if (LOST_SQLSTATE.test(code) || LOST_SYSCALL.has(code) || LOST_MESSAGE.test(error.message)) return true;
  if (code === INSUFFICIENT_PRIVILEGE && !('routine' in error && error.routine === REFUSES_ROWS)) return true;
  // For a host name with several addresses there is one error for each, and only the code of the first.
  if (error instanceof AggregateError && error.errors.some(isDependencyLost)) return true;
  return error.cause !== undefined && error.cause !== error && isDependencyLost(error.cause);
};
