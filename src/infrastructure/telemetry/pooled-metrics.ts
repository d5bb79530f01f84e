import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import { COSTS, roundedToMicros } from './money-counter.ts';

/** As `getMetricsAsJSON` of a registry gives them. */
export type Counts = readonly MetricObjectWithValues<MetricValue<string>>[];
export type Exposition = { readonly contentType: string; readonly body: string };

/** The metrics of several processes as those of one. */
export type PooledMetrics = {
  /** The latest of one worker. */
  readonly note: (worker: number, counts: Counts) => void;
  /** It has ended: its gauges go with it; its counters stay, or sums would fall and look like a restart. */
  readonly retire: (worker: number) => Promise<void>;
  /** Everything known, and the caller's own. */
  readonly expose: (own: Counts) => Promise<Exposition>;
};

const pooled = (all: readonly Counts[]) => AggregatorRegistry.aggregate(all as object[]);

/** Sums of decimals as floating point would show other last digits than the trail. */
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
    // One after the other, or two who end together would each add to what was before both.
    retire: (worker) => (retiring = retiring.then(() => retireNow(worker))),
    expose: async (own) => {
      await retiring;
      // Gauges of living workers come first: "first" shall mean one of theirs.
      const registry = pooled([...latest.values(), own, retired]);
      await roundCosts(registry);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
};
