import { readdirSync, rmSync, statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const ROOMY_BYTES = 2 ** 31;
const PREFIX = 'integration-service-test-';

/** In memory if there is plenty, because test databases consist of many short-lived files. */
const parents = (): readonly string[] => {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOMY_BYTES ? [MEMORY, tmpdir()] : [tmpdir()];
  } catch {
    return [tmpdir()];
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Retried, because a server may still be writing its last files into it. */
const remove = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });

/** Removes what killed runs left behind: folders named after processes that no longer exist. */
const sweep = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (!(pid > 0) || isAlive(pid)) continue;
    try {
      remove(join(parent, name));
    } catch {
      // Owned by another user: left to that user's next run.
    }
  }
};

const made = new Set<string>();
let prepared = false;

const prepare = (): void => {
  if (prepared) return;
  prepared = true;
  parents().forEach(sweep);
  process.once('exit', () => made.forEach(remove));
  // Without a listener, these signals would end the process without its exit event, so nothing would be removed.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
};

/**
 * A temporary folder of this process. Remove it when done; what is left is removed when the process exits, or, after a
 * kill -9, at the next run.
 */
export const testFolder = async (): Promise<{ readonly path: string; readonly remove: () => void }> => {
  prepare();
  const [parent = tmpdir()] = parents();
  const path = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  made.add(path);
  return {
    path,
    remove: () => {
      made.delete(path);
      remove(path);
    },
  };
};
