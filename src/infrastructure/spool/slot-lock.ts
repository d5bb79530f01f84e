import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { runCommand } from '../embedded/run-command.ts';
import { isAlive } from '../system/is-alive.ts';

export type SlotLock = {
  readonly release: () => void;
  /** False when the file was taken away: anybody may lock what lies in its place now. */
  readonly isInPlace: () => boolean;
};

/** What flock(1) exits with when somebody else holds the lock. */
const CONFLICT = 1;

/**
 * Takes the lock of a file, which stays; undefined while a living process has it. It is the kernel's and ends with
 * its process, kill -9 included, and it holds between containers that share a volume. Without the program `flock`
 * (macOS, Windows) the process id in the file must do. Throws, and holds nothing, when that cannot be written.
 */
export const slotLock = async (path: string): Promise<SlotLock | undefined> => {
  const descriptor = openSync(path, 'a+', 0o600);
  const release = (): void => closeSync(descriptor);
  try {
    const { code } = await runCommand(['flock', '--nonblock', '3'], { inherit: descriptor });
    if (code === CONFLICT || (code === undefined && hasLivingOwner(path))) {
      release();
      return undefined;
    }
    nameOwner(descriptor, code === 0);
    return { release, isInPlace: () => isStillAt(path, descriptor) };
  } catch (error) {
    release();
    throw error;
  }
};

/**
 * Only for people to read where the lock is the kernel's. So a full disk without room for it is no failure: what lies
 * there must be shipped all the more.
 */
const nameOwner = (descriptor: number, isLocked: boolean): void => {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`);
  } catch (error) {
    if (!isLocked) throw error;
  }
};

const isStillAt = (path: string, descriptor: number): boolean =>
  statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino;

const hasLivingOwner = (path: string): boolean => {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  return pid > 0 && pid !== process.pid && isAlive(pid);
};
