import { captureCachedAnswer } from '../rivals/captured-answer.ts';
import { atLeast, atMost, type Section } from '../report.ts';
import { startChild } from '../rig/child.ts';
import { HOT_ADDRESSES, measuring, type Result, type Rig } from '../rig/measuring.ts';
import { GEOCODE, PROVIDER_LATENCY_MS } from '../rig/rig.ts';
import { startService, type Service } from '../rig/service.ts';
import { sheetsSandbox, type SheetsSandbox } from '../rig/sheets-sandbox.ts';
import { temporaryFolder } from '../rig/temporary-folder.ts';
import { appendBurst, BURST_DEADLINE_MS, type Burst } from './append-bursts.ts';
import { FIGURES_HEAD, figures, inRounds } from './rounds.ts';

const ROUNDS = 3;
const CACHED = { kind: 'closed', connections: 64, durationMs: 3_000 } as const;
/** Two operations in one process: their speed stops growing only after some 100,000 calls of each. */
const WARM_UP_MS = 12_000;
/** Google's own limit for an account. */
const WRITES_A_MINUTE = 60;
const APPENDS = 1_000;
/** Enough that not all appends can be sent in the first minute, however many are merged. */
const SPREADSHEETS = 100;

type Party = 'bare' | 'geocode' | 'bare-sheet' | 'sheet';

/** Cached cells compared with cached addresses, and bursts of appends against the account's quota. */
export const sheets = async (): Promise<Section> => {
  const child = startChild('rivals/sandbox.ts');
  const provider = (await child.ask(PROVIDER_LATENCY_MS)) as { port: number; googleUrl: string };
  // A deadline that lets a call wait for the account's next minute.
  const service = await startService(temporaryFolder(), provider.googleUrl, {
    environment: { CALL_DEADLINE_MS: String(BURST_DEADLINE_MS) },
  });
  const sandbox = await sheetsSandbox(provider.port, service, PROVIDER_LATENCY_MS);
  const rig = await cachedRig(child.pid, service, sandbox);
  for (const party of ['bare', 'bare-sheet', 'geocode', 'sheet'] as const)
    await rig.hot(party, { ...CACHED, durationMs: party.startsWith('bare') ? 2_000 : WARM_UP_MS });
  const cached = await inRounds<Party>(ROUNDS, {
    bare: () => rig.hot('bare', CACHED),
    geocode: () => rig.hot('geocode', CACHED),
    'bare-sheet': () => rig.hot('bare-sheet', CACHED),
    sheet: () => rig.hot('sheet', CACHED),
  });
  const burst = (count: number) =>
    appendBurst(service, sandbox, { appends: APPENDS, spreadsheets: count, isKeyed: count === 1 });
  return sectionOf(cached, await burst(1), await burst(SPREADSHEETS));
};

const cachedRig = async (
  providerPid: number,
  service: Service,
  sandbox: SheetsSandbox,
): Promise<Rig<Party>> => {
  const cells = Array.from({ length: HOT_ADDRESSES.count }, (_, n) => ['row', n, 'Tashkent', true, 0.5]);
  const path = `/sheets/${await sandbox.addSpreadsheet(cells)}/values`;
  const port = async (asked: Parameters<typeof captureCachedAnswer>[1]) => {
    const bare = startChild('rivals/bare-express.ts');
    const { port: at } = (await bare.ask(await captureCachedAnswer(service, asked))) as { port: number };
    return { pid: bare.pid, at };
  };
  const bare = await port(GEOCODE);
  const bareSheet = await port({ method: 'GET', path: `${path}/A1:E1` });
  const { headers } = service;
  return measuring(providerPid, {
    bare: { pid: bare.pid, target: { kind: 'gateway', headers, port: bare.at } },
    geocode: { pid: service.pid, target: { kind: 'gateway', headers, port: service.port } },
    'bare-sheet': { pid: bareSheet.pid, target: { kind: 'sheet', path, headers, port: bareSheet.at } },
    sheet: { pid: service.pid, target: { kind: 'sheet', path, headers, port: service.port } },
  });
};

/** The first minute's calls may all be sent at once, the next ones a minute later. */
const allowedSeconds = (calls: number): number => Math.floor((calls - 1) / WRITES_A_MINUTE) * 60;

const sectionOf = (cached: Readonly<Record<Party, Result>>, together: Burst, spread: Burst): Section => {
  const ratio = (one: Party, other: Party): number => cached[one].perSecond / cached[other].perSecond;
  const allowed = allowedSeconds(SPREADSHEETS);
  return {
    title: 'Sheets',
    text: [
      `Closed loop, ${CACHED.connections} connections, medians of ${ROUNDS} rounds that measure everybody in turn. Cached: ${HOT_ADDRESSES.count} addresses, or ${HOT_ADDRESSES.count} ranges of five cells, again and again. Each constant is that answer of the service, byte for byte.`,
      `Bursts: ${APPENDS} appends of one row at once, to one spreadsheet each under its key, and to ${SPREADSHEETS} spreadsheets, whose rows cannot leave together. The account may write ${WRITES_A_MINUTE} times in any minute, so that ${APPENDS} calls of one row would take ${allowedSeconds(APPENDS)} s, and ${SPREADSHEETS} calls take ${allowed} s at least.`,
    ].join('\n'),
    tables: [
      {
        head: [...FIGURES_HEAD, '× its constant'],
        rows: [
          [...figures('bare Express, an address', cached.bare), '1'],
          [...figures('service, cached address', cached.geocode), ratio('geocode', 'bare').toFixed(2)],
          [...figures('bare Express, cells', cached['bare-sheet']), '1'],
          [...figures('service, cached cells', cached.sheet), ratio('sheet', 'bare-sheet').toFixed(2)],
        ],
      },
      {
        head: [`burst of ${APPENDS} appends`, 'seconds', 'calls that wrote', 'most in a minute', '429'],
        rows: [rowOf('one spreadsheet', together), rowOf(`${SPREADSHEETS} spreadsheets`, spread)],
      },
    ],
    verdicts: [
      atLeast('cached cells ÷ bare Express', ratio('sheet', 'bare-sheet'), 0.35),
      atMost('burst to one spreadsheet', together.seconds, 1.2 * allowedSeconds(APPENDS), 's', 1),
      atMost(`burst to ${SPREADSHEETS} spreadsheets`, spread.seconds, 1.2 * allowed, 's', 1),
      atMost('refused by the provider for its quota', together.refused + spread.refused, 0, 'calls', 0),
      atMost(
        'writes of an account in any minute',
        Math.max(together.mostInAMinute, spread.mostInAMinute),
        WRITES_A_MINUTE,
        'calls',
        0,
      ),
    ],
  };
};

const rowOf = (name: string, { seconds, writes, mostInAMinute, refused }: Burst): readonly string[] => [
  name,
  seconds.toFixed(1),
  String(writes),
  String(mostInAMinute),
  String(refused),
];
