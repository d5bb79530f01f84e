import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

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

const installed = async (aptPackage: string): Promise<void> => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', aptPackage];
  await run('apt-get', install, { env }).catch(async () => {
    // The lists of a fresh image are empty or old.
    await run('apt-get', ['update'], { env });
    await run('apt-get', install, { env });
  });
};

/** What a command that failed said last; of one that could not be started, why. */
const lastLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? '';
