import { DatabaseAway } from '../postgres/connection/database-away.ts';
import { stateChanges } from './state-changes.ts';
import { errorFields, type Logger } from './winston-logger.ts';

export type FailureLines = { readonly broken: (error: unknown) => void; readonly works: () => void };

type Words = { readonly broken: string; readonly further: string; readonly recovered: string };

/**
 * One line when something begins to fail, for each further reason, and when it works again, since retries every second
 * or so fail for as long as the reason lasts. An outage of the database is logged elsewhere.
 */
export const failureLines = (
  logger: Logger,
  monotonic: () => number,
  words: Words,
  fields: object = {},
): FailureLines => {
  const { broken, works } = stateChanges(monotonic, {
    broken: (error) => logger.warn(words.broken, { ...fields, ...errorFields(error) }),
    further: (error) => logger.warn(words.further, { ...fields, ...errorFields(error) }),
    recovered: (failures) => logger.info(words.recovered, { ...fields, failures }),
  });
  return {
    broken: (error) => {
      if (!(error instanceof DatabaseAway)) broken(error);
    },
    works,
  };
};
