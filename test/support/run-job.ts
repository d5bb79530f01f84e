import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Job = {
  readonly name: string;
  readonly command: readonly [program: string, ...args: readonly string[]];
};
export type Ended = {
  readonly name: string;
  readonly said: string;
  /** Null where it was killed. */
  readonly code: number | null;
  readonly seconds: number;
};

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** By what ends them, with what they have said so far. */
const running = new Map<() => void, () => string>();

/** Both streams in one, kept until it has ended: two at once would be unreadable. */
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

/** Ends what still runs. Answers what it has said until now. */
export const endJobs = (): string => {
  const texts = [...running.values()].map((text) => text());
  for (const end of running.keys()) end();
  return texts.join('');
};
