import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AppendedRow, KeyedRow } from './persistent-appender.ts';

/** The work of one caller, in a file that it reads when it starts. */
export type AppendingPlan = {
  readonly tenant: string;
  readonly credential: string;
  /** A file that holds `AppendingState`, read before every attempt. */
  readonly stateFile: string;
  /** This caller appends the rows whose number modulo `callers` is `caller`. */
  readonly caller: number;
  readonly callers: number;
  /** It continues until all callers together have appended this many rows, and then, more slowly, until `isEnough`. */
  readonly least: number;
  readonly sheets: readonly string[];
  readonly atOnce: number;
  readonly seed: number;
};
export type AppendingState = {
  /** The addresses of the replicas that are running now. */
  readonly urls: readonly string[];
  readonly isEnough: boolean;
};
export type AppendingLine = { readonly answered: AppendedRow } | { readonly refused: string };

/** A caller in its own process. The answers it received are kept in a file, so that they survive the process. */
export type AppendingCaller = {
  /** Resolves when every row is answered; rejects with the output of the process if it ended for another reason. */
  readonly done: Promise<void>;
  /** Kills the process with kill -9 and starts another that continues its work. False: it had ended already. */
  readonly replace: () => Promise<boolean>;
  readonly told: () => readonly AppendingLine[];
  readonly stop: () => Promise<void>;
};

/** One row in this many is sent twice at the same time. */
const DOUBLED = 10;

export const keyedRow = (n: number, sheets: readonly string[]): KeyedRow => ({
  key: `row-${n}`,
  sheet: sheets[n % sheets.length] ?? '',
  row: [`row-${n}`, n],
  copies: n % DOUBLED === 0 ? 2 : 1,
});

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Only complete lines. */
export const linesIn = (file: string): readonly AppendingLine[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as AppendingLine)
    : [];

export const startAppendingCaller = (planFile: string, toldFile: string): AppendingCaller => {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let current: ChildProcess | undefined;

  const begin = (): void => {
    const child = spawn(process.execPath, ['test/support/appending-process.ts', planFile, toldFile], {
      cwd: PROJECT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
    child.on('exit', (code, signal) => {
      if (child !== current) return;
      if (code === 0) resolve();
      else reject(new Error(`a caller ended with ${code ?? signal}:\n${said}`));
    });
    current = child;
  };
  const kill = async (): Promise<boolean> => {
    const child = current;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return false;
    current = undefined;
    child.kill('SIGKILL');
    await once(child, 'exit');
    return true;
  };
  begin();
  return {
    done,
    replace: async () => {
      const wasThere = await kill();
      if (wasThere) begin();
      return wasThere;
    },
    told: () => linesIn(toldFile),
    stop: async () => void (await kill()),
  };
};
