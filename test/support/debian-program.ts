import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from './until.ts';

const run = promisify(execFile);

/**
 * The first line of a program's version output. If the program is missing, it is installed with apt where that is
 * allowed (root on Debian). Rejects if there is none, with the last line that the failing command wrote.
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

/** The unattended upgrades of a fresh machine hold apt's locks for a while. */
const LOCKED_MS = 180_000;
const LOOK_AGAIN_MS = 500;

const apt = async (...words: readonly string[]): Promise<void> => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCKED_MS / 1_000}`, ...words], { env });
};

/** No option makes apt wait for the lock of the package lists. */
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
    // The package lists of a fresh image are missing or outdated.
    await updated();
    await apt(...install);
  });
};

/** The last line written by a command that failed; if it could not be started, the reason. */
const lastLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? '';
