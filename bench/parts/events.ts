import { atLeast, atMost, type Section } from '../report.ts';
import { startBroker, type Broker } from '../rig/broker.ts';
import { startChild } from '../rig/child.ts';
import { measuring, type Party } from '../rig/measuring.ts';
import { PROVIDER_LATENCY_MS } from '../rig/rig.ts';
import { startService } from '../rig/service.ts';
import { temporaryFolder } from '../rig/temporary-folder.ts';
import { BACKLOG, backlogDrain } from './backlog.ts';
import { FIGURES_HEAD, figures, inRounds } from './rounds.ts';

const ROUNDS = 5;
const DELAY_MS = 500;
const CACHED = { kind: 'open', connections: 64, perSecond: 1_000, durationMs: 1_500 } as const;
const UNCACHED = { kind: 'open', connections: 64, perSecond: 200, durationMs: 1_500 } as const;
/** Events in a row: of a commit by itself, and of a commit shared by many calls. */
const ROW_SIZES = [1, 50] as const;

const broken = {
  healthy: () => undefined,
  [`slowed by ${DELAY_MS} ms`]: ({ proxy }: Broker) => proxy.delay(DELAY_MS),
  hanging: ({ proxy }: Broker) => proxy.hang(),
  gone: ({ proxy }: Broker) => proxy.cut(),
};

/** The cost of publishing for callers, whatever the state of the broker, and how fast a backlog is drained. */
export const events = async (): Promise<Section> => {
  const broker = await startBroker();
  const drain = await backlogDrain(broker.url);
  const drains = [];
  for (const size of ROW_SIZES) drains.push({ size, ...(await drain(size)) });
  const states = await costs(broker);
  const slowest = Math.min(...drains.map(({ perSecond }) => perSecond));
  return {
    title: 'Events',
    text: [
      `Two services side by side, one without a broker, one with RabbitMQ behind a proxy that delays each direction by ${DELAY_MS} ms, hangs or resets.`,
      `Open loop, medians of ${ROUNDS} rounds that measure everybody in turn. Each cached call has one event, each uncached one three. The queue is durable and PostgreSQL, RabbitMQ, provider and client share the machine.`,
      `A backlog of ${BACKLOG.toLocaleString('en')} events is drained by one relay, all of them confirmed; CPU is that of the relaying process.`,
    ].join('\n'),
    tables: [
      {
        head: FIGURES_HEAD,
        rows: states.flatMap(({ state, cached, uncached, alone, aloneUncached }) => [
          figures(`cached, no broker (while ${state})`, alone),
          figures(`cached, broker ${state}`, cached),
          figures(`uncached, no broker (while ${state})`, aloneUncached),
          figures(`uncached, broker ${state}`, uncached),
        ]),
      },
      {
        head: ['backlog', 'events/s confirmed', 'CPU µs an event'],
        rows: drains.map(({ size, perSecond, cpuMicroseconds }) => [
          `${size} events a row`,
          Math.round(perSecond).toLocaleString('en'),
          cpuMicroseconds.toFixed(1),
        ]),
      },
    ],
    verdicts: [
      ...states.flatMap(({ state, cached, uncached, alone, aloneUncached }) => [
        atMost(`publishing adds to p95, cached, broker ${state}`, cached.p95 - alone.p95, 10, 'ms'),
        atMost(
          `publishing adds to p95, uncached, broker ${state}`,
          uncached.p95 - aloneUncached.p95,
          10,
          'ms',
        ),
      ]),
      atLeast('events of a backlog confirmed a second', slowest, 3_000, 0),
    ],
  };
};

const costs = async (broker: Broker) => {
  const sandbox = startChild('rivals/sandbox.ts');
  const { googleUrl } = (await sandbox.ask(PROVIDER_LATENCY_MS)) as { googleUrl: string };
  const rig = measuring(sandbox.pid, {
    alone: await party(googleUrl, {}),
    broker: await party(googleUrl, { RABBITMQ_URL: broker.proxiedUrl }),
  });
  for (const name of ['alone', 'broker'] as const) {
    await rig.hot(name, { ...CACHED, durationMs: 5_000 });
    await rig.distinct(name, UNCACHED);
  }
  const states = [];
  for (const [state, breakIt] of Object.entries(broken)) {
    breakIt(broker);
    const { alone, cached, aloneUncached, uncached } = await inRounds(ROUNDS, {
      alone: () => rig.hot('alone', CACHED),
      cached: () => rig.hot('broker', CACHED),
      aloneUncached: () => rig.distinct('alone', UNCACHED),
      uncached: () => rig.distinct('broker', UNCACHED),
    });
    states.push({ state, alone, cached, aloneUncached, uncached });
    broker.proxy.pass();
  }
  return states;
};

const party = async (googleUrl: string, environment: Readonly<Record<string, string>>): Promise<Party> => {
  const { port, pid, headers } = await startService(temporaryFolder(), googleUrl, { environment });
  return { pid, target: { kind: 'gateway', headers, port } };
};
