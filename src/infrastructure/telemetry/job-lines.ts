import { failureLines, type FailureLines } from './failure-lines.ts';
import type { Logger } from './winston-logger.ts';

/** Separately for each job, since some run every second. */
export const jobLines = (logger: Logger, monotonic: () => number) => {
  const jobs = new Map<string, FailureLines>();
  const words = {
    broken: 'job failed',
    further: 'job still fails, for another reason',
    recovered: 'job works again',
  };
  return {
    failed: (job: string, error: unknown): void => {
      const lines = jobs.get(job) ?? failureLines(logger, monotonic, words, { job });
      jobs.set(job, lines);
      lines.broken(error);
    },
    worked: (job: string): void => jobs.get(job)?.works(),
  };
};
