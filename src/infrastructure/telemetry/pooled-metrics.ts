import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import { COSTS, roundedToMicros } from './money-counter.ts';

/** As returned by `getMetricsAsJSON` of a registry. */
export type Counts = readonly MetricObjectWithValues<MetricValue<string>>[];
export type Exposition = { readonly contentType: string; readonly body: string };

/** The metrics of several processes, aggregated as if of one. */
export type PooledMetrics = {
  /** The latest metrics of one worker. */
  readonly note: (worker: number, counts: Counts) => void;
  /** A worker has ended: its gauges are dropped, but its counters kept, or sums would fall and look like a restart. */
  readonly retire: (worker: number) => Promise<void>;
  /** Everything known, together with the caller's own metrics. */
  readonly expose: (own: Counts) => Promise<Exposition>;
};

const pooled = (all: readonly Counts[]) => AggregatorRegistry.aggregate(all as object[]);

/** Floating-point sums of decimals could differ from the trail in their last digits. */
const roundCosts = async (registry: ReturnType<typeof pooled>): Promise<void> => {
  const costs = await registry.getSingleMetric(COSTS)?.get();
  for (const counted of costs?.values ?? []) counted.value = roundedToMicros(counted.value);
};

const isGauge = ({ type }: Counts[number]): boolean => String(type) === 'gauge';

export const pooledMetrics = (): PooledMetrics => {
  const latest = new Map<number, Counts>();
  let retired: Counts = [];
  let retiring = Promise.resolve();
  const retireNow = async (worker: number): Promise<void> => {
    const counters = latest.get(worker)?.filter((metric) => !isGauge(metric)) ?? [];
    retired = await pooled([retired, counters]).getMetricsAsJSON();
    latest.delete(worker);
  };
  return {
    note: (worker, counts) => void latest.set(worker, counts),
    // One after the other: two workers that end together would each add to the total from before both.
    retire: (worker) => (retiring = retiring.then(() => retireNow(worker))),
    expose: async (own) => {
      await retiring;
      // Gauges of living workers come first, so that "first" means one of theirs.
      const registry = pooled([...latest.values(), own, retired]);
      await roundCosts(registry);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
};
