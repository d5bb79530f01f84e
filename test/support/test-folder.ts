import { readdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'integration-service-test-';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** A server may still be writing its last files into it. */
const remove = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });

/** What runs that were killed could not remove themselves: folders named after processes that are no more. */
const sweep = (): void => {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (pid > 0 && !isAlive(pid)) remove(join(tmpdir(), name));
  }
};

let swept = false;

/**
 * A temporary folder of this process. Remove it when done; what is left goes when the process exits, and after a
 * kill at the next run.
 */
export const testFolder = async (): Promise<{ readonly path: string; readonly remove: () => void }> => {
  if (!swept) sweep();
  swept = true;
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const removeThis = (): void => remove(path);
  process.once('exit', removeThis);
  return {
    path,
    remove: () => {
      process.off('exit', removeThis);
      removeThis();
    },
  };
};
