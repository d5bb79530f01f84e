import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Job = {
  readonly name: string;
  readonly command: readonly [program: string, ...args: readonly string[]];
};
export type Ended = {
  readonly name: string;
  readonly said: string;
  /** Null if it was killed. */
  readonly code: number | null;
  readonly seconds: number;
};

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** The running jobs: a function that ends each, with one that gives its output so far. */
const running = new Map<() => void, () => string>();

/**
 * Both streams are collected in one text and kept until the job has ended: the output of two jobs at once would be
 * unreadable.
 */
export const runJob = ({ name, command }: Job, environment: NodeJS.ProcessEnv): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const [program, ...args] = command;
    const child = spawn(program, args, { cwd: PROJECT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const note = (chunk: string): void => void (said += chunk);
    const end = (): void => void child.kill();
    running.set(end, () => `\n${name}, not at its end\n${said}`);
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(end);
      resolve({ name, said, code, seconds: (performance.now() - began) / 1_000 });
    });
  });

/** Ends the jobs that are still running, and returns their output so far. */
export const endJobs = (): string => {
  const texts = [...running.values()].map((text) => text());
  for (const end of running.keys()) end();
  return texts.join('');
};
