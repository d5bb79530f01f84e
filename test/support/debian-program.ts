import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from './until.ts';

const run = promisify(execFile);

/**
 * First line of what a program says of its version, after apt has brought it where it is missing and may be installed
 * (root on Debian). Rejects when there is none, with the last word of whoever tried.
 */
export const debianProgram = async (
  program: string,
  askedBy = '--version',
  aptPackage = program,
): Promise<string> => {
  const versionOf = async (): Promise<string> => {
    const { stdout, stderr } = await run(program, [askedBy]);
    return (stdout || stderr).split('\n')[0] ?? '';
  };
  try {
    return await versionOf().catch(async () => {
      await installed(aptPackage);
      return versionOf();
    });
  } catch (error) {
    throw new Error(`no ${program} here, and ${lastLineOf(error)}`, { cause: error });
  }
};

/** A fresh machine's own upgrades hold apt's locks for a while. */
const LOCKED_MS = 180_000;
const LOOK_AGAIN_MS = 500;

const apt = async (...words: readonly string[]): Promise<void> => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCKED_MS / 1_000}`, ...words], { env });
};

/** That of the lists is one that no option makes apt wait for. */
const updated = async (): Promise<void> => {
  const update = (): Promise<unknown> =>
    apt('update').catch(async (error: unknown) => {
      if (!/unable to lock/i.test(lastLineOf(error))) throw error;
      await pause(LOOK_AGAIN_MS);
      return 'locked';
    });
  await until(update, (answer) => answer !== 'locked', LOCKED_MS);
};

const installed = async (aptPackage: string): Promise<void> => {
  const install = ['install', '-y', '--no-install-recommends', aptPackage];
  await apt(...install).catch(async () => {
    // The lists of a fresh image are empty or old.
    await updated();
    await apt(...install);
  });
};

/** What a command that failed said last; of one that could not be started, why. */
const lastLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? '';
