import { atLeast, type Section } from '../report.ts';
import { startTwoServices } from '../rig/two-services.ts';
import { inRounds } from './rounds.ts';

const ROUNDS = 3;
const CONNECTIONS = 64;
const CACHED = { kind: 'closed', connections: CONNECTIONS, durationMs: 3_000 } as const;
const UNCACHED = { kind: 'closed', connections: CONNECTIONS, durationMs: 4_000 } as const;

/** One process against two workers on one port. */
export const workers = async (): Promise<Section> => {
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
    // The workers are below their primary; PostgreSQL and Redis are not.
    `${Math.round(result.cpu.server + result.cpu.database)}`,
    `${Math.round(result.cpu.provider)}`,
    `${Math.round(result.cpu.client)}`,
  ];
  return {
    title: 'Workers',
    text: [
      `Closed loop, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds. Each service has a PostgreSQL and a Redis of its own.`,
      'The client, PostgreSQL, Redis and the provider take their share of the same cores: what is left is what a second worker can use.',
    ].join('\n'),
    tables: [
      {
        head: ['', 'per second', '× one', 'p50 ms', 'p95 ms', 'CPU %: service', 'provider', 'client'],
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
