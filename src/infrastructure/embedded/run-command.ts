import { spawn } from 'node:child_process';

/** `code` is undefined when the command could not be started, or was ended by a signal. */
export type CommandResult = { readonly code: number | undefined; readonly output: string };

type Options = {
  readonly env?: NodeJS.ProcessEnv;
  /** A file descriptor that the command inherits as number 3. */
  readonly inherit?: number | undefined;
  readonly detached?: boolean;
};

/** Characters: a failing tool gives the reason in its last lines. */
const KEPT_OUTPUT = 4_000;

/** Runs a command to its end. Never rejects: a command that is not installed is a result, too. */
export const runCommand = (
  [program, ...args]: readonly [string, ...string[]],
  { env, inherit, detached = false }: Options = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...(inherit === undefined ? [] : [inherit])],
      detached,
      windowsHide: true,
      ...(env === undefined ? {} : { env }),
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => resolve({ code: undefined, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? undefined, output: output.trim() }));
  });
