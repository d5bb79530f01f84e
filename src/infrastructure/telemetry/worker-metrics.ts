import { Counter, Gauge, Registry } from 'prom-client';
import type { Counts } from './pooled-metrics.ts';

/** Metrics that only the primary knows. */
export const workerMetrics = (workers: () => number, restarts: () => number): (() => Promise<Counts>) => {
  const registry = new Registry();
  const gauge = new Gauge({
    name: 'integration_workers',
    help: 'Processes that serve on this port',
    registers: [registry],
  });
  const counter = new Counter({
    name: 'integration_worker_restarts_total',
    help: 'Workers started again because one was lost',
    registers: [registry],
  });
  let told = 0;
  return () => {
    gauge.set(workers());
    counter.inc(restarts() - told);
    told = restarts();
    return registry.getMetricsAsJSON();
  };
};
