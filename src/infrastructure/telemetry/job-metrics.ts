import { Counter, type Registry } from 'prom-client';

export type JobMetrics = { readonly failed: (name: string) => void };

/** Failed runs of periodic jobs, for Prometheus. The label is `task`, since `job` has another meaning there. */
export const jobMetrics = (registry: Registry, names: readonly string[]): JobMetrics => {
  const counter = new Counter({
    name: 'integration_job_failures_total',
    help: 'Runs of periodic jobs that failed; the next run comes as usual',
    labelNames: ['task'],
    registers: [registry],
  });
  // Initialised with 0: Prometheus sees no increase of a counter that first appears as 1.
  for (const task of names) counter.inc({ task }, 0);
  return { failed: (task) => counter.inc({ task }) };
};
