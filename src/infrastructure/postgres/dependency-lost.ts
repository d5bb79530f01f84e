import { errorCode } from '../system/error-code.ts';
import { TrailUnavailable } from './call-group.ts';
import { DatabaseAway } from './database-away.ts';

/** SQLSTATE: connection exception, insufficient resources, operator intervention, cannot connect now, read-only (a standby). */
const LOST_SQLSTATE = /^(08|53|57P|25006)/;
const LOST_SYSCALL = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/** The driver says these without a code. */
const LOST_MESSAGE =
  /^(Connection terminated|Query read timeout|timeout (exceeded )?when trying to connect|timeout expired|Client has encountered a connection error)/;

/** Whether an unexpected error means that PostgreSQL is away, so that the caller is told to come again. */
export const isDependencyLost = (error: unknown): boolean => {
  if (error instanceof TrailUnavailable || error instanceof DatabaseAway) return true;
  if (!(error instanceof Error)) return false;
  // A fatal error is about the session, not the statement: no such database, not accepting connections, a changed password.
  if ('severity' in error && error.severity === 'FATAL') return true;
  const code = errorCode(error) ?? '';
  if (LOST_SQLSTATE.test(code) || LOST_SYSCALL.has(code) || LOST_MESSAGE.test(error.message)) return true;
  return error.cause !== undefined && error.cause !== error && isDependencyLost(error.cause);
};
