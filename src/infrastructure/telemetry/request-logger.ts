import type { Logger } from './winston-logger.ts';

/** Request lines of the interfaces on the service's own log. Fields are chosen, and safe, where they are made. */
export const requestLogger = (logger: Logger) => ({
  info: (fields: object): void => logger.info('request', fields),
  warn: (fields: object): void => logger.warn('request', fields),
  error: (fields: object): void => logger.error('request', fields),
});
