import { errorCode } from '../system/error-code.ts';

/**
 * SQLSTATE of what PostgreSQL ends a connection with: protocol, login, no such database, shutdown and time limits of
 * sessions and transactions.
 */
const ENDS = /^(08|28|3D000|57P|25P0[34])/;

/**
 * Whether the connection ended with it. Where the server speaks another language than English (`lc_messages`) so does
 * the severity, and the code alone tells.
 */
export const endsSession = (error: unknown): boolean =>
  error instanceof Error &&
  'severity' in error &&
  (error.severity === 'FATAL' || error.severity === 'PANIC' || ENDS.test(errorCode(error) ?? ''));
