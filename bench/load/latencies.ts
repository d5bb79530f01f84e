import type { Percentiles } from './job.ts';

export type Latencies = {
  readonly add: (milliseconds: number) => void;
  readonly count: () => number;
  readonly summary: () => Percentiles;
};

/** Every single latency is kept: percentiles are exact. */
export const latencies = (): Latencies => {
  let times = new Float64Array(65_536);
  let count = 0;
  return {
    add: (milliseconds) => {
      if (count === times.length) {
        const wider = new Float64Array(times.length * 2);
        wider.set(times);
        times = wider;
      }
      times[count] = milliseconds;
      count += 1;
    },
    count: () => count,
    summary: () => percentilesOf(times.subarray(0, count)),
  };
};

export const percentilesOf = (times: ArrayLike<number>): Percentiles => {
  const sorted = new Float64Array(times).sort();
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) };
};

/** Nearest rank: the smallest value that at least this share does not exceed. */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
};
