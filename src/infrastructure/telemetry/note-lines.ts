import { failureLines } from './failure-lines.ts';
import type { Logger } from './winston-logger.ts';

type Deps = {
  readonly logger: Logger;
  readonly monotonic: () => number;
  /** The database is away, which has been said. */
  readonly isAway: () => boolean;
};

/** When what is written down beside callers stays in memory: it is tried every two seconds for as long as it takes. */
export const noteLines = ({ logger, monotonic, isAway }: Deps, what: string) => {
  const lines = failureLines(logger, monotonic, {
    broken: `${what} not written yet`,
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
