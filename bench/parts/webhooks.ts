import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { atLeast, atMost, type Section } from '../report.ts';
import { startChild } from '../rig/child.ts';
import { forgetPeak, ownMiB, ownPeakMiB } from '../rig/proc.ts';
import { measuring, type Result } from '../rig/measuring.ts';
import { PROVIDER_LATENCY_MS } from '../rig/rig.ts';
import { startService, type Service } from '../rig/service.ts';
import { temporaryFolder } from '../rig/temporary-folder.ts';
import { FIGURES_HEAD, figures, inRounds } from './rounds.ts';

const ROUNDS = 5;
const CONNECTIONS = 64;
const MOST = { kind: 'closed', connections: CONNECTIONS, durationMs: 3_000 } as const;
/** The largest body that GitHub sends. */
const LARGEST_BODY = 25 * 1024 * 1024;
const LARGE_DELIVERIES = 8;

type Webhook = { readonly path: string; readonly secret: string };

/** Durable accepts compared with the least work that stores a body, and the memory needed for the largest body. */
export const webhooks = async (): Promise<Section> => {
  const sandbox = startChild('rivals/sandbox.ts');
  const { googleUrl } = (await sandbox.ask(PROVIDER_LATENCY_MS)) as { googleUrl: string };
  const service = await startService(temporaryFolder(), googleUrl, {
    environment: { RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0' },
  });
  const webhook = await createdWebhook(service);
  const memory = await memoryOfLargest(service, webhook);
  const rival = startChild('rivals/plain-insert.ts');
  const plain = (await rival.ask(join(temporaryFolder(), 'plain-insert'))) as { readonly port: number };
  const target = { kind: 'webhook', ...webhook } as const;
  const rig = measuring(sandbox.pid, {
    service: { pid: service.pid, target: { ...target, port: service.port } },
    plain: { pid: rival.pid, target: { ...target, port: plain.port } },
  });
  for (const name of ['service', 'plain'] as const) await rig.distinct(name, { ...MOST, durationMs: 6_000 });
  const most = await inRounds(ROUNDS, {
    plain: () => rig.distinct('plain', MOST),
    service: () => rig.distinct('service', MOST),
  });
  const half = { ...MOST, kind: 'open', perSecond: Math.round(most.service.perSecond / 2) } as const;
  const steady = await inRounds(ROUNDS, {
    plain: () => rig.distinct('plain', half),
    service: () => rig.distinct('service', half),
  });
  return sectionOf({ most, steady, memory });
};

type Measured = {
  readonly most: Readonly<Record<'plain' | 'service', Result>>;
  readonly steady: Readonly<Record<'plain' | 'service', Result>>;
  readonly memory: Memory;
};

const sectionOf = ({ most, steady, memory }: Measured): Section => {
  const half = `${Math.round(most.service.perSecond / 2)}/s (half of the service’s maximum)`;
  return {
    title: 'Webhooks',
    text: [
      `Signed deliveries of GitHub’s, eleven kilobytes each, every one with an id of its own; ${CONNECTIONS} connections, medians of ${ROUNDS} rounds that measure everybody in turn.`,
      'Plain INSERT is Express with the body as bytes and one row and one commit a request: no proof, no repeats told apart, no event. Each has the same PostgreSQL to itself, every commit on the disk before the answer.',
      `Memory is that of the service’s process while ${LARGE_DELIVERIES} bodies of 25 MiB come one after the other.`,
    ].join('\n'),
    tables: [
      {
        head: [...FIGURES_HEAD, 'CPU µs each: server', 'its PostgreSQL'],
        rows: [
          rowOf('plain INSERT, closed loop', most.plain),
          rowOf('service, closed loop', most.service),
          rowOf(`plain INSERT, ${half}`, steady.plain),
          rowOf(`service, ${half}`, steady.service),
        ],
      },
      {
        head: ['memory', 'before', 'highest'],
        rows: [['MiB', memory.before.toFixed(0), memory.highest.toFixed(0)]],
      },
    ],
    verdicts: [
      atLeast('durable accepts ÷ plain INSERTs', most.service.perSecond / most.plain.perSecond, 0.7),
      atMost('p99 of an accept at half of the maximum', steady.service.p99, 50, 'ms'),
      atMost('memory that bodies of 25 MiB add', memory.highest - memory.before, 64, 'MiB', 0),
    ],
  };
};

const rowOf = (name: string, result: Result): readonly string[] => [
  ...figures(name, result),
  ...[result.cpu.server, result.cpu.database].map((percent) =>
    Math.round((percent * 10_000) / result.perSecond).toString(),
  ),
];

const createdWebhook = async ({ port, administrator }: Service): Promise<Webhook> => {
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks`, {
    method: 'POST',
    headers: { ...administrator, 'Content-Type': 'application/json' },
    body: JSON.stringify({ webhook_name: 'bench', source_service: 'github' }),
  });
  if (answer.status !== 201) throw new Error(`no webhook: ${answer.status} ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: { webhook_token: string; secret_key: string } };
  return { path: `/webhooks/in/${data.webhook_token}`, secret: data.secret_key };
};

type Memory = { readonly before: number; readonly highest: number };

/** Small ones first: what a process allocates on first use must not be attributed to the large body. */
const memoryOfLargest = async (service: Service, webhook: Webhook): Promise<Memory> => {
  for (let n = 0; n < 200; n += 1) await deliver(service, webhook, 1_000);
  const before = ownMiB(service.pid);
  forgetPeak(service.pid);
  for (let n = 0; n < LARGE_DELIVERIES; n += 1) await deliver(service, webhook, LARGEST_BODY);
  return { before, highest: ownPeakMiB(service.pid) };
};

const deliver = async ({ port }: Service, { path, secret }: Webhook, size: number): Promise<void> => {
  const id = randomUUID();
  const frame = `{"id":"${id}","text":""}`;
  const body = frame.replace('""', `"${'x'.repeat(size - frame.length)}"`);
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-GitHub-Event': 'issues',
      'X-GitHub-Delivery': id,
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });
  if (answer.status !== 200) throw new Error(`not accepted: ${answer.status} ${await answer.text()}`);
};
