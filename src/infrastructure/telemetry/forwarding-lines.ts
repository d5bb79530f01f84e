import { DatabaseAway } from '../postgres/database-away.ts';
import { stateChanges } from './state-changes.ts';
import { errorFields, type Logger } from './winston-logger.ts';

/**
 * One line when events stay in the outbox, for each further reason, and when they leave again: a relay tries every few
 * seconds for as long as a disk is full. That the database is away has its own line.
 */
export const forwardingLines = (logger: Logger, monotonic: () => number) => {
  const { broken, works } = stateChanges(monotonic, {
    broken: (error) => logger.warn('events not forwarded', errorFields(error)),
    further: (error) => logger.warn('events still not forwarded, for another reason', errorFields(error)),
    recovered: (failures) => logger.info('events are forwarded again', { failures }),
  });
  return {
    broken: (error: unknown): void => {
      if (!(error instanceof DatabaseAway)) broken(error);
    },
    works,
  };
};
