import type { Percentiles } from '../load/job.ts';
import { median } from '../load/latencies.ts';
import type { Result } from '../rig/measuring.ts';

/** The speed of a machine varies: each round measures every party once, and the median of the rounds counts. */
export const inRounds = <Name extends string>(
  count: number,
  measurements: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Readonly<Record<Name, Result>>> => inRoundsBy(medianOf, count, measurements);

export const inRoundsBy = async <Name extends string, One>(
  medianOfAll: (results: readonly One[]) => One,
  count: number,
  measurements: Readonly<Record<Name, () => Promise<One>>>,
): Promise<Readonly<Record<Name, One>>> => {
  const names = Object.keys(measurements) as Name[];
  const results = new Map<Name, One[]>(names.map((name) => [name, []]));
  for (let round = 0; round < count; round += 1)
    for (const name of names) results.get(name)?.push(await measurements[name]());
  return Object.fromEntries(
    names.map((name) => [name, medianOfAll(results.get(name) ?? [])] as const),
  ) as Record<Name, One>;
};

export const medianPercentiles = (of: readonly Percentiles[]): Percentiles => ({
  p50: median(of.map(({ p50 }) => p50)),
  p95: median(of.map(({ p95 }) => p95)),
  p99: median(of.map(({ p99 }) => p99)),
});

/** The median of each figure separately. */
export const medianOf = (results: readonly Result[]): Result => {
  const of = (pick: (result: Result) => number): number => median(results.map(pick));
  return {
    answers: results.reduce((sum, { answers }) => sum + answers, 0),
    statuses: results[0]?.statuses ?? {},
    perSecond: of((r) => r.perSecond),
    ...medianPercentiles(results),
    cpu: {
      client: of((r) => r.cpu.client),
      server: of((r) => r.cpu.server),
      database: of((r) => r.cpu.database),
      provider: of((r) => r.cpu.provider),
    },
  };
};

export const figures = (name: string, { perSecond, p50, p95, p99, cpu }: Result): readonly string[] => [
  name,
  Math.round(perSecond).toLocaleString('en'),
  p50.toFixed(2),
  p95.toFixed(2),
  p99.toFixed(2),
  `${Math.round(cpu.server)}`,
  `${Math.round(cpu.database)}`,
  `${Math.round(cpu.provider)}`,
  `${Math.round(cpu.client)}`,
];

export const FIGURES_HEAD = [
  '',
  'per second',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'CPU %: server',
  'its PostgreSQL',
  'provider',
  'client',
];
