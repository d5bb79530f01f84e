import { atMost, type Section } from '../report.ts';
import type { Rig } from '../rig/rig.ts';
import { FIGURES_HEAD, figures, inRounds } from './rounds.ts';

const ROUNDS = 3;
const CONNECTIONS = 64;
const MISS_RATES = [50, 200] as const;

const open = (perSecond: number, durationMs: number) =>
  ({ kind: 'open', connections: CONNECTIONS, perSecond, durationMs }) as const;

/** `cachedPerSecond`: the service's maximum, of which the cached rate is half. Expects a rig that is warm. */
export const latency = async (rig: Rig, cachedPerSecond: number): Promise<Section> => {
  const half = Math.round(cachedPerSecond / 2);
  const cached = await inRounds(ROUNDS, {
    bare: () => rig.hot('bare', open(half, 3_000)),
    service: () => rig.hot('service', open(half, 4_000)),
  });
  const misses = [];
  for (const rate of MISS_RATES) misses.push({ rate, ...(await missesAt(rig, rate)) });
  return {
    title: 'Latency',
    text: [
      'Open loop: requests are due at a constant rate and latency counts from the moment a request was due.',
      'Uncached: each request another address. "Added" is the latency at that percentile less the median of asking the',
      'provider directly with the same client, so the unsteadiness of the provider counts against the service; "at the',
      'same percentile" it is the latency there less that of asking the provider directly there.',
    ].join('\n'),
    tables: [
      {
        head: FIGURES_HEAD,
        rows: [
          figures(`bare Express, a constant, ${half}/s`, cached.bare),
          figures(`service, cached, ${half}/s (half its maximum)`, cached.service),
          ...misses.flatMap(({ rate, provider, byHand, service }) => [
            figures(`provider directly, ${rate}/s`, provider),
            figures(`by hand, ${rate}/s`, byHand),
            figures(`service, uncached, ${rate}/s`, service),
          ]),
        ],
      },
      {
        head: ['added to the provider, ms', 'p50', 'p95', 'p99', 'p95 at the same percentile'],
        rows: misses.flatMap(({ rate, provider, byHand, service }) =>
          (
            [
              ['by hand', byHand],
              ['service', service],
            ] as const
          ).map(([name, { p50, p95, p99 }]) => [
            `${name}, ${rate}/s`,
            ...[p50, p95, p99].map((value) => (value - provider.p50).toFixed(2)),
            (p95 - provider.p95).toFixed(2),
          ]),
        ),
      },
    ],
    verdicts: [
      atMost('cached p95 at half of its maximum', cached.service.p95, 10, 'ms'),
      ...misses.map(({ rate, provider, service }) =>
        atMost(`added latency on a miss, p95, ${rate}/s`, service.p95 - provider.p50, 3, 'ms'),
      ),
    ],
  };
};

const missesAt = (rig: Rig, rate: number) => {
  const wish = open(rate, rate < 100 ? 5_000 : 3_000);
  return inRounds(ROUNDS, {
    provider: () => rig.distinct('sandbox', wish),
    byHand: () => rig.distinct('by-hand', wish),
    service: () => rig.distinct('service', wish),
  });
};
