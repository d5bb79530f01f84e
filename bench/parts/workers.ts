import { cpus } from 'node:os';
import { atLeast, type Section } from '../report.ts';
import type { Result } from '../rig/measuring.ts';
import { startTwoServices } from '../rig/two-services.ts';
import { computedTogether } from '../rig/together.ts';
import { inRounds } from './rounds.ts';

const ROUNDS = 3;
const CONNECTIONS = 64;
const CACHED = { kind: 'closed', connections: CONNECTIONS, durationMs: 3_000 } as const;
const UNCACHED = { kind: 'closed', connections: CONNECTIONS, durationMs: 4_000 } as const;

/** The processor time of all parties, in percent of one core. */
const busy = ({ cpu }: Result): number => Math.round(cpu.server + cpu.database + cpu.provider + cpu.client);
const ceiling = (result: Result): string => ((cpus().length * 100) / busy(result)).toFixed(2);

/** One process compared with two workers on one port. */
export const workers = async (): Promise<Section> => {
  const together = await computedTogether();
  const rig = await startTwoServices();
  for (const name of ['one', 'two'] as const) {
    await rig.hot(name, { ...CACHED, durationMs: 5_000 });
    await rig.distinct(name, UNCACHED);
  }
  const results = await inRounds(ROUNDS, {
    one: () => rig.hot('one', CACHED),
    two: () => rig.hot('two', CACHED),
    oneUncached: () => rig.distinct('one', UNCACHED),
    twoUncached: () => rig.distinct('two', UNCACHED),
  });
  const { one, two, oneUncached, twoUncached } = results;
  const row = (name: string, result: typeof one, base: typeof one): readonly string[] => [
    name,
    Math.round(result.perSecond).toLocaleString('en'),
    (result.perSecond / base.perSecond).toFixed(2),
    result.p50.toFixed(2),
    result.p95.toFixed(2),
    `${Math.round(result.cpu.server)}`,
    `${Math.round(result.cpu.database)}`,
    `${Math.round(result.cpu.provider)}`,
    `${Math.round(result.cpu.client)}`,
  ];
  return {
    title: 'Workers',
    text: [
      `Closed loop, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds. Each service has a PostgreSQL and a Redis of its own.`,
      `This machine has ${cpus().length} cores for all of them. With one process they were busy for ${busy(one)} % (cached) and ${busy(oneUncached)} % (uncached) of one core, so that, with nothing else running, ${ceiling(one)} and ${ceiling(oneUncached)} times as much is the most any arrangement could do here.`,
      `That is if they did not hinder each other: as many processes as cores that do nothing but write and read JSON did ${together.toFixed(2)} times the work of one.`,
    ].join('\n'),
    tables: [
      {
        head: [
          '',
          'per second',
          '× one',
          'p50 ms',
          'p95 ms',
          'CPU %: service',
          'its stores',
          'provider',
          'client',
        ],
        rows: [
          row('one process, cached', one, one),
          row('two workers, cached', two, one),
          row('one process, uncached', oneUncached, oneUncached),
          row('two workers, uncached', twoUncached, oneUncached),
        ],
      },
    ],
    verdicts: [atLeast('cached throughput of two workers ÷ one process', two.perSecond / one.perSecond, 1.6)],
  };
};
