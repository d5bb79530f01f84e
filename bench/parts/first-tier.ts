import { atLeast, type Section } from '../report.ts';
import { startTwoFirstTiers } from '../rig/two-services.ts';
import { FIGURES_HEAD, figures, inRounds } from './rounds.ts';

const ROUNDS = 3;
const CACHED = { kind: 'closed', connections: 64, durationMs: 3_000 } as const;
const UNCACHED = { kind: 'closed', connections: 64, durationMs: 4_000 } as const;

/** The first cache tier in process memory compared with one in Redis; the limiter is in the same place. */
export const firstTier = async (): Promise<Section> => {
  const rig = await startTwoFirstTiers();
  for (const name of ['memory', 'redis'] as const) {
    await rig.hot(name, { ...CACHED, durationMs: 5_000 });
    await rig.distinct(name, UNCACHED);
  }
  const { memory, redis, memoryUncached, redisUncached } = await inRounds(ROUNDS, {
    memory: () => rig.hot('memory', CACHED),
    redis: () => rig.hot('redis', CACHED),
    memoryUncached: () => rig.distinct('memory', UNCACHED),
    redisUncached: () => rig.distinct('redis', UNCACHED),
  });
  const ratio = (a: { perSecond: number }, b: { perSecond: number }): string =>
    (a.perSecond / b.perSecond).toFixed(2);
  return {
    title: 'First cache tier',
    text: [
      `Closed loop, ${CACHED.connections} connections, medians of ${ROUNDS} rounds. Each service has a PostgreSQL of its own, one of them a Redis.`,
      'With Redis a hit reads its entry and the mark of the purges there; a miss boards the flight of all replicas, and takes its quota there too.',
    ].join('\n'),
    tables: [
      {
        head: [...FIGURES_HEAD, '× memory'],
        rows: [
          [...figures('memory, cached', memory), '1'],
          [...figures('Redis, cached', redis), ratio(redis, memory)],
          [...figures('memory, uncached', memoryUncached), '1'],
          [...figures('Redis, uncached', redisUncached), ratio(redisUncached, memoryUncached)],
        ],
      },
    ],
    verdicts: [
      atLeast('cached throughput, first tier in Redis ÷ in memory', redis.perSecond / memory.perSecond, 0.5),
    ],
  };
};
