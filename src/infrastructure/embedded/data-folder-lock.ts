import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { atPath } from '../system/at-path.ts';
import { isAlive } from '../system/is-alive.ts';
import { runCommand } from './run-command.ts';

export type DataFolderLock = {
  /**
   * To be inherited by every child process that works in the folder: the lock then lasts until the last of them has
   * ended.
   */
  readonly descriptor: number;
  /**
   * False where there is no `flock` program (macOS, Windows): then only PostgreSQL's own lock file protects the folder.
   */
  readonly held: boolean;
  readonly release: () => void;
};

/** How long the PostgreSQL of a killed predecessor may take to shut down (measured: 1.5 s when idle). */
const PATIENCE_MS = 10_000;
const RETRY_MS = 50;
/** Exit code of flock(1) when another process holds the lock. */
const CONFLICT = 1;

const ownerIn = (path: string): number | undefined => {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
};

const acquire = async (path: string, descriptor: number): Promise<boolean> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { code } = await runCommand(['flock', '--nonblock', '3'], { inherit: descriptor });
    if (code !== CONFLICT) return code === 0;
    const owner = ownerIn(path);
    if (owner !== undefined && isAlive(owner)) throw inUse(path, `process ${owner}`);
    if (performance.now() > deadline) throw inUse(path, 'a process that is not visible from here');
    await pause(RETRY_MS);
  }
};

export class DataFolderInUse extends Error {}

const inUse = (path: string, by: string): DataFolderInUse =>
  new DataFolderInUse(
    `the data folder ${path.replace(/\.lock$/, '')} is already in use by ${by}. ` +
      'One service process may use it at a time: stop the other one, set another DATA_DIR, ' +
      'or share a server by DATABASE_URL.',
  );

/**
 * Takes the lock of a data folder (`<folder>.lock`, a file that stays). It is a kernel lock: it ends with its holders,
 * so nothing has to be cleaned up, and it also holds between containers that share a volume, where PostgreSQL's own
 * lock file fails because it compares process ids. A living owner is reported at once; a dying one is awaited for up to
 * 10 s. Throws `DataFolderInUse`.
 */
export const lockDataFolder = async (folder: string): Promise<DataFolderLock> => {
  const path = `${folder}.lock`;
  const descriptor = openSync(path, 'a+', 0o600);
  const release = (): void => closeSync(descriptor);
  try {
    const held = await acquire(path, descriptor);
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`);
    return { descriptor, held, release };
  } catch (error) {
    release();
    throw atPath(error, path);
  }
};
