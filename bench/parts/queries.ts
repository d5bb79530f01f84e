import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from '../load/latencies.ts';
import { atMost, type Section } from '../report.ts';
import { startChild } from '../rig/child.ts';
import { startLoadGenerator } from '../rig/load-generator.ts';
import { HOT_ADDRESSES } from '../rig/measuring.ts';
import { PROVIDER_LATENCY_MS } from '../rig/rig.ts';
import { startService } from '../rig/service.ts';
import { temporaryFolder } from '../rig/temporary-folder.ts';

/** The queries that a caller waits for, recognised by a part of their text. All others run after the answers. */
const REQUEST_PATH = [/append_calls/, /find_cached/, /from external_services/, /from service_tokens/];
const UNCACHED = { kind: 'open', connections: 64, perSecond: 200 } as const;
const CACHED = { kind: 'open', connections: 64, perSecond: 2_000 } as const;
const SHOWN = 60;

type Times = readonly number[];

/**
 * How long the database takes for the queries that callers wait for, as seen by the service: with pool and round trip.
 */
export const queries = async (): Promise<Section> => {
  const byText = await timed();
  const isAwaited = (text: string): boolean => REQUEST_PATH.some((pattern) => pattern.test(text));
  const awaited = byText.flatMap(([text, times]) => (isAwaited(text) ? times : [])).sort((a, b) => a - b);
  return {
    title: 'Queries',
    text: [
      `${UNCACHED.perSecond} uncached and then ${CACHED.perSecond} cached requests a second; times in milliseconds as the service sees them.`,
      'The verdict is on all statements that a caller waits for; the others are sent behind the answers.',
    ].join('\n'),
    tables: [
      {
        head: ['statement', 'a caller waits', 'times', 'p50', 'p95', 'p99'],
        rows: byText
          .toSorted(([, a], [, b]) => b.length - a.length)
          .map(([text, times]) => [
            `\`${text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, SHOWN)}\``,
            isAwaited(text) ? 'yes' : '',
            String(times.length),
            ...[0.5, 0.95, 0.99].map((share) =>
              percentile(
                times.toSorted((a, b) => a - b),
                share,
              ).toFixed(2),
            ),
          ]),
      },
    ],
    verdicts: [atMost('database queries of the request path, p95', percentile(awaited, 0.95), 5, 'ms')],
  };
};

const timed = async (): Promise<readonly (readonly [string, Times])[]> => {
  const folder = temporaryFolder();
  const file = join(folder, 'query-times.json');
  const sandbox = startChild('rivals/sandbox.ts');
  const { googleUrl } = (await sandbox.ask(PROVIDER_LATENCY_MS)) as { googleUrl: string };
  const service = await startService(folder, googleUrl, {
    nodeOptions: ['--import', `${import.meta.dirname}/../rig/query-timer.ts`],
    environment: { BENCH_QUERY_TIMES: file },
  });
  const { run } = startLoadGenerator();
  const target = { kind: 'gateway', port: service.port, headers: service.headers } as const;
  const distinct = (from: number, durationMs: number) =>
    run({ ...UNCACHED, durationMs, target, addresses: { kind: 'distinct', from } });
  await distinct(0, 3_000);
  await run({ ...CACHED, durationMs: 1_000, target, addresses: HOT_ADDRESSES });
  process.kill(service.pid, 'SIGUSR2');
  await distinct(100_000, 5_000);
  await run({ ...CACHED, durationMs: 3_000, target, addresses: HOT_ADDRESSES });
  await service.stop();
  return JSON.parse(readFileSync(file, 'utf8')) as readonly (readonly [string, Times])[];
};
