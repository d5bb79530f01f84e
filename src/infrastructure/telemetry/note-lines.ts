import { failureLines } from './failure-lines.ts';
import type { Logger } from './winston-logger.ts';

type Deps = {
  readonly logger: Logger;
  readonly monotonic: () => number;
  /** Whether the database is away, which is logged elsewhere. */
  readonly isAway: () => boolean;
};

/**
 * Log lines for records that are written in the background and had to stay in memory: they are retried every two
 * seconds.
 */
export const noteLines = ({ logger, monotonic, isAway }: Deps, what: string) => {
  const lines = failureLines(logger, monotonic, {
    broken: `${what} not written yet, trying again`,
    further: `${what} still not written, for another reason`,
    recovered: `${what} are written again`,
  });
  return {
    onFailed: (error: unknown): void => {
      if (!isAway()) lines.broken(error);
    },
    onWritten: lines.works,
  };
};
