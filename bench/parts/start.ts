import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../load/latencies.ts';
import { atMost, type Section } from '../report.ts';
import { atEnd } from '../rig/at-end.ts';
import { residentMiB } from '../rig/proc.ts';
import { serviceEnvironment } from '../rig/service.ts';
import { temporaryFolder } from '../rig/temporary-folder.ts';
import { freePort, until } from '../rig/waiting.ts';

const ROUNDS = 3;
const PROJECT = join(import.meta.dirname, '..', '..');
/** V8's compile cache; a clean clone has what `npm ci` compiled in advance. */
const COMPILED = join(PROJECT, '.cache', 'v8');
/** The time until the first jobs have run. */
const SETTLING_MS = 3_000;

type Start = { readonly readyMs: number; readonly mebibytes: number };

/** `npm start` with nothing configured, after the last step of `npm ci` on a clean clone, and a second time. */
export const start = async (): Promise<Section> => {
  setCompiledAside();
  const first: Start[] = [];
  const second: Start[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = temporaryFolder();
    rmSync(COMPILED, { recursive: true, force: true });
    execFileSync('npm', ['run', 'prepare'], { cwd: PROJECT, stdio: 'ignore' });
    first.push(await started(folder));
    second.push(await started(folder));
  }
  const row = (name: string, starts: readonly Start[]): readonly string[] => [
    name,
    median(starts.map(({ readyMs }) => readyMs)).toFixed(0),
    Math.max(...starts.map(({ readyMs }) => readyMs)).toFixed(0),
    Math.max(...starts.map(({ mebibytes }) => mebibytes)).toFixed(0),
  ];
  return {
    title: 'Start',
    text: `\`npm start\` until \`/health/ready\` says 200, ${ROUNDS} rounds. Memory is what is resident of all its processes, npm's own and PostgreSQL included, with what they share counted once.`,
    tables: [
      {
        head: ['', 'ready ms, median', 'ready ms, slowest', 'MiB, most'],
        rows: [row('first start of a clean clone', first), row('second start', second)],
      },
    ],
    verdicts: [
      atMost('ready after the first start', seconds(first), 3, 's'),
      atMost('ready after the second start', seconds(second), 1, 's'),
      // 250 MB.
      atMost('memory', Math.max(...[...first, ...second].map(({ mebibytes }) => mebibytes)), 238, 'MiB', 0),
    ],
  };
};

const seconds = (starts: readonly Start[]): number => median(starts.map(({ readyMs }) => readyMs)) / 1_000;

const setCompiledAside = (): void => {
  const aside = `${COMPILED}.aside`;
  if (existsSync(COMPILED)) renameSync(COMPILED, aside);
  atEnd(() => {
    if (!existsSync(aside)) return;
    rmSync(COMPILED, { recursive: true, force: true });
    renameSync(aside, COMPILED);
  });
};

const started = async (folder: string): Promise<Start> => {
  const port = await freePort();
  const since = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: PROJECT,
    env: serviceEnvironment(folder, port),
    stdio: 'ignore',
    detached: true,
  });
  const gone = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await gone;
  };
  atEnd(stop);
  await until('npm start is ready', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
  const readyMs = performance.now() - since;
  await pause(SETTLING_MS);
  const mebibytes = residentMiB(child.pid ?? 0);
  await stop();
  return { readyMs, mebibytes };
};
