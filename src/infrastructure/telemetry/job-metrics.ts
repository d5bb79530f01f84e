import { Counter, type Registry } from 'prom-client';

export type JobMetrics = { readonly failed: (name: string) => void };

/** Runs of periodic jobs that failed, for Prometheus. Labelled `task`: a `job` is something else there. */
export const jobMetrics = (registry: Registry, names: readonly string[]): JobMetrics => {
  const counter = new Counter({
    name: 'integration_job_failures_total',
    help: 'Runs of periodic jobs that failed; the next run comes as usual',
    labelNames: ['task'],
    registers: [registry],
  });
  // From 0 on: of a counter that begins at 1, Prometheus sees no increase.
  for (const task of names) counter.inc({ task }, 0);
  return { failed: (task) => counter.inc({ task }) };
};
