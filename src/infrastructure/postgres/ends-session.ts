import { errorCode } from '../system/error-code.ts';

/**
 * SQLSTATEs with which PostgreSQL ends a connection: protocol violation, login, no such database, shutdown, and time
 * limits of sessions and transactions.
 */
const ENDS = /^(08|28|3D000|57P|25P0[34])/;
/**
 * Routines that open a session: with code 55000, which statements can have too, they refuse it because the database
 * accepts no connections.
 */
const OPENS = new Set(['CheckMyDatabase', 'InitPostgres']);

/**
 * Whether PostgreSQL ended the connection with this error. With `lc_messages` other than English the severity is
 * translated, so that only code and routine tell. An English severity of ERROR decides: a statement with too few values
 * has code 08P01, but ends nothing.
 */
export const endsSession = (error: unknown): boolean => {
  if (!(error instanceof Error) || !('severity' in error) || error.severity === 'ERROR') return false;
  if (error.severity === 'FATAL' || error.severity === 'PANIC') return true;
  return ENDS.test(errorCode(error) ?? '') || ('routine' in error && OPENS.has(String(error.routine)));
};
