import type { Job, Measured } from '../load/job.ts';
import { startChild, type Child } from './child.ts';

export type LoadGenerator = {
  readonly pid: number;
  /** Rejects when an answer other than 200 was received, since the measurement would then be invalid. */
  readonly run: (job: Job) => Promise<Measured>;
};

export const startLoadGenerator = (): LoadGenerator => {
  const child: Child = startChild('load/main.ts');
  return {
    pid: child.pid,
    run: async (job) => {
      const measured = (await child.ask(job)) as Measured;
      if (measured.statuses['200'] !== measured.answers)
        throw new Error(`not all answers were 200: ${JSON.stringify(measured.statuses)}`);
      return measured;
    },
  };
};
