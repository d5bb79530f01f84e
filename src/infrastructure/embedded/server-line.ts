import type { Logger } from '../telemetry/winston-logger.ts';

/**
 * Output of the embedded server is logged at debug level, except for its last words about a disk that is full or
 * failing.
 */
export const serverLine =
  (logger: Pick<Logger, 'debug' | 'error'>) =>
  (line: string): void =>
    line.startsWith('PANIC:')
      ? logger.error('the embedded PostgreSQL stops because of a fatal error', { line })
      : logger.debug('postgresql', { line });
