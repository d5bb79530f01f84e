import type { Logger } from '../telemetry/winston-logger.ts';

/**
 * What an embedded server says is for whoever looks for it, but for the last it says of a disk that is full or fails.
 */
export const serverLine =
  (logger: Pick<Logger, 'debug' | 'error'>) =>
  (line: string): void =>
    line.startsWith('PANIC:')
      ? logger.error('the embedded PostgreSQL gives up', { line })
      : logger.debug('postgresql', { line });
