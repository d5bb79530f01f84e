import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { runCommand } from '../embedded/run-command.ts';

export type SlotLock = { readonly release: () => void };

/** What flock(1) exits with when somebody else holds the lock. */
const CONFLICT = 1;

/**
 * Takes the lock of a file, which stays; undefined while a living process has it. It is the kernel's and ends with
 * its process, kill -9 included, and it holds between containers that share a volume. Without the program `flock`
 * (macOS, Windows) the process id in the file must do.
 */
export const slotLock = async (path: string): Promise<SlotLock | undefined> => {
  const descriptor = openSync(path, 'a+', 0o600);
  const { code } = await runCommand(['flock', '--nonblock', '3'], { inherit: descriptor });
  const isTaken = code === CONFLICT || (code === undefined && hasLivingOwner(path));
  if (isTaken) {
    closeSync(descriptor);
    return undefined;
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`);
  return { release: () => closeSync(descriptor) };
};

const hasLivingOwner = (path: string): boolean => {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
