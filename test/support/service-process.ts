import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { COMPILED_FOR_TESTS } from './compiled-for-tests.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const LISTENS = /listens on (http:\/\/\S+)/;

export type Environment = Readonly<Record<string, string>>;

/** A service in a separate process, as an operator runs it. */
export type ServiceProcess = {
  readonly url: string;
  readonly pid: number;
  /** All its output so far, from both streams. */
  readonly output: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** kill -9. Resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM. Resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
};

/** The child sees nothing of the machine's own configuration, only what the test sets. */
const environmentOf = (given: Environment): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  ...COMPILED_FOR_TESTS,
  PORT: '0',
  ...given,
});

const exited = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');

/**
 * Resolves when the service listens; rejects with its output if it exits before that. `errors` is a file descriptor
 * that replaces the stderr pipe, for output larger than a pipe holds: Node drops its own messages when nobody reads
 * them.
 */
export const startService = (
  environment: Environment,
  entryPoint = 'src/main.ts',
  errors: number | 'pipe' = 'pipe',
): Promise<ServiceProcess> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entryPoint], {
      cwd: PROJECT,
      env: environmentOf(environment),
      stdio: ['ignore', 'pipe', errors],
    });
    let output = '';
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await exited(child);
    };
    const note = (chunk: Buffer): void => {
      output += chunk.toString();
      const url = LISTENS.exec(output)?.[1];
      if (url === undefined) return;
      resolve({
        url,
        pid: child.pid ?? 0,
        output: () => output,
        signal: (name) => void child.kill(name),
        kill,
        stop: async () => {
          child.kill('SIGTERM');
          await exited(child);
          return child.exitCode;
        },
      });
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    child.on('exit', (code, signal) =>
      reject(new Error(`the service ended with ${code ?? signal}:\n${output}`)),
    );
  });

/** Runs one of the entry points until it exits. */
export const runEntryPoint = (
  file: string,
  args: readonly string[],
  environment: Environment,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: PROJECT,
      env: environmentOf(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
