import { atLeast, type Section } from '../report.ts';
import type { Rig } from '../rig/measuring.ts';
import { FIGURES_HEAD, figures, inRounds } from './rounds.ts';

const ROUNDS = 3;
const CACHED = { kind: 'closed', connections: 64, durationMs: 3_000 } as const;
const UNCACHED = { kind: 'closed', connections: 64, durationMs: 4_000 } as const;

/** Runs until V8 has compiled the hot code, and the hot addresses are cached. */
const warmUp = async (rig: Rig): Promise<void> => {
  await rig.hot('bare', { ...CACHED, durationMs: 2_000 });
  await rig.hot('service', { ...CACHED, durationMs: 6_000 });
};

export const throughput = async (
  rig: Rig,
): Promise<{ readonly section: Section; readonly cachedPerSecond: number }> => {
  await warmUp(rig);
  await rig.distinct('by-hand', UNCACHED);
  await rig.distinct('service', UNCACHED);
  const { bare, service, byHand, uncached } = await inRounds(ROUNDS, {
    bare: () => rig.hot('bare', CACHED),
    service: () => rig.hot('service', CACHED),
    byHand: () => rig.distinct('by-hand', UNCACHED),
    uncached: () => rig.distinct('service', UNCACHED),
  });
  const ratio = (a: { perSecond: number }, b: { perSecond: number }): string =>
    (a.perSecond / b.perSecond).toFixed(2);
  return {
    cachedPerSecond: service.perSecond,
    section: {
      title: 'Throughput',
      text: [
        `Closed loop, ${CACHED.connections} connections, medians of ${ROUNDS} rounds that measure everybody in turn.`,
        'Cached: 100 addresses again and again. Uncached: each request another address, stored in both cache tiers by the service.',
      ].join('\n'),
      tables: [
        {
          head: [...FIGURES_HEAD, '× bare', '× by hand'],
          rows: [
            [...figures('bare Express, a constant', bare), '1', ''],
            [...figures('service, cached', service), ratio(service, bare), ratio(service, byHand)],
            [...figures('by hand, uncached', byHand), ratio(byHand, bare), '1'],
            [...figures('service, uncached', uncached), ratio(uncached, bare), ratio(uncached, byHand)],
          ],
        },
      ],
      verdicts: [
        atLeast('cached throughput ÷ bare Express', service.perSecond / bare.perSecond, 0.35),
        atLeast('uncached throughput ÷ by hand', uncached.perSecond / byHand.perSecond, 1),
      ],
    },
  };
};
