import { errorCode } from '../system/error-code.ts';

/**
 * SQLSTATE of what PostgreSQL ends a connection with: protocol, login, no such database, shutdown and time limits of
 * sessions and transactions.
 */
const ENDS = /^(08|28|3D000|57P|25P0[34])/;
/** What opens a session says with 55000 that its database takes nobody in, and ends it; statements have that code too. */
const OPENS = new Set(['CheckMyDatabase', 'InitPostgres']);

/**
 * Whether the connection ended with it. Where the server speaks another language than English (`lc_messages`) so does
 * the severity, and code and place alone tell. In English an error is one: a statement with too few values is 08P01.
 */
export const endsSession = (error: unknown): boolean => {
  if (!(error instanceof Error) || !('severity' in error) || error.severity === 'ERROR') return false;
  if (error.severity === 'FATAL' || error.severity === 'PANIC') return true;
  return ENDS.test(errorCode(error) ?? '') || ('routine' in error && OPENS.has(String(error.routine)));
};
