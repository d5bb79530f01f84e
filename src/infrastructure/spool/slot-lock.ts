import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { runCommand } from '../embedded/run-command.ts';
import { isAlive } from '../system/is-alive.ts';

export type SlotLock = {
  readonly release: () => void;
  /** False when the lock file was removed: another process may now lock a new one in its place. */
  readonly isInPlace: () => boolean;
};

/** Exit code of flock(1) when another process holds the lock. */
const CONFLICT = 1;

/**
 * Locks a file, which stays on disk; undefined while a living process holds the lock. It is a kernel lock, which ends
 * with its process, even after kill -9, and holds between containers that share a volume. Where there is no `flock`
 * program (macOS, Windows), the process id in the file decides. Throws, holding nothing, when that cannot be written.
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
 * Where the kernel holds the lock, the process id is only information for people. A full disk without room for it is
 * then no failure, since what lies there must be shipped all the more.
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
