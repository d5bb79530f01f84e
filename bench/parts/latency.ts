import { atMost, type Section, type Table } from '../report.ts';
import type { WithAdded } from '../rig/added.ts';
import type { RigWithProvider } from '../rig/rig.ts';
import { FIGURES_HEAD, figures, inRounds, inRoundsBy, medianOf, medianPercentiles } from './rounds.ts';

const ROUNDS = 3;
const CONNECTIONS = 64;
const MISS_RATES = [50, 200] as const;
const PERCENTILES = ['p50', 'p95', 'p99'] as const;
const TEXT = `
Open loop: requests are due at a constant rate and latency counts from the moment a request was due.
Uncached: each request another address. "Added" is, request by request, its latency at the client less the time that the
provider held that very request, from the moment it had read its head to the moment before it wrote the answer; the
percentiles are those of the differences. For this alone, latency counts from the moment the client handed the request
to its socket, since the lateness of the client's own timer (a millisecond and more) is not the server's doing, or from
the moment it was due if it had to wait for a free connection. "The provider directly" shows what the client and the
sockets take of it.
Stricter figures stand beside it: latency from the due moment at that percentile less the median of asking the provider
directly in a series of its own, so that the unsteadiness of the provider and of the client's timer counts against the
server; "at the same percentile" it is the latency at p95 less that of asking the provider directly at p95.
`.trim();

const open = (perSecond: number, durationMs: number) =>
  ({ kind: 'open', connections: CONNECTIONS, perSecond, durationMs }) as const;

/** `cachedPerSecond`: the service's maximum, of which the cached rate is half. Expects a warmed-up rig. */
export const latency = async (rig: RigWithProvider, cachedPerSecond: number): Promise<Section> => {
  const half = Math.round(cachedPerSecond / 2);
  const cached = await inRounds(ROUNDS, {
    bare: () => rig.hot('bare', open(half, 3_000)),
    service: () => rig.hot('service', open(half, 4_000)),
  });
  const misses: Misses[] = [];
  for (const rate of MISS_RATES) misses.push(await missesAt(rig, rate));
  const rows = [
    figures(`bare Express, a constant, ${half}/s`, cached.bare),
    figures(`service, cached, ${half}/s (half its maximum)`, cached.service),
    ...misses.flatMap(figuresOfMisses),
  ];
  return {
    title: 'Latency',
    text: TEXT,
    tables: [{ head: FIGURES_HEAD, rows }, addedTable(misses)],
    verdicts: [
      atMost('cached p95 at half of its maximum', cached.service.p95, 10, 'ms'),
      ...misses.map(({ rate, service }) =>
        atMost(`added latency on a miss, p95, ${rate}/s`, service.added.p95, 3, 'ms'),
      ),
    ],
  };
};

type Misses = { readonly rate: number } & Readonly<Record<'provider' | 'byHand' | 'service', WithAdded>>;

const missesAt = async (rig: RigWithProvider, rate: number): Promise<Misses> => {
  const wish = open(rate, rate < 100 ? 5_000 : 3_000);
  const measured = await inRoundsBy(medianWithAdded, ROUNDS, {
    provider: () => rig.added('sandbox', wish),
    byHand: () => rig.added('by-hand', wish),
    service: () => rig.added('service', wish),
  });
  return { rate, ...measured };
};

const medianWithAdded = (results: readonly WithAdded[]): WithAdded => ({
  ...medianOf(results),
  added: medianPercentiles(results.map(({ added }) => added)),
});

const figuresOfMisses = ({ rate, provider, byHand, service }: Misses) => [
  figures(`provider directly, ${rate}/s`, provider),
  figures(`by hand, ${rate}/s`, byHand),
  figures(`service, uncached, ${rate}/s`, service),
];

const addedTable = (misses: readonly Misses[]): Table => ({
  head: [
    'added to the provider, ms',
    ...PERCENTILES,
    ...PERCENTILES.map((name) => `${name} less the provider’s median`),
    'p95 at the same percentile',
  ],
  rows: misses.flatMap(({ rate, provider, byHand, service }) => [
    addedRow(`the provider directly, ${rate}/s`, provider, provider),
    addedRow(`by hand, ${rate}/s`, byHand, provider),
    addedRow(`service, ${rate}/s`, service, provider),
  ]),
});

const addedRow = (name: string, { p50, p95, p99, added }: WithAdded, provider: WithAdded) =>
  [
    [name],
    [added.p50, added.p95, added.p99].map((value) => value.toFixed(2)),
    [p50, p95, p99].map((value) => (value - provider.p50).toFixed(2)),
    [(p95 - provider.p95).toFixed(2)],
  ].flat();
