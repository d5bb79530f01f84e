import type { Job, Measured } from '../load/job.ts';
import { startChild, type Child } from './child.ts';

export type LoadGenerator = {
  readonly pid: number;
  /** Rejects when anything but 200 was answered: then something else was measured than was meant. */
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
