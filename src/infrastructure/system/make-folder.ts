import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';

type Make = (
  path: string,
  options: { readonly recursive?: boolean; readonly mode: number },
) => Promise<unknown>;

/**
 * A folder and those it lies in, as far as they are missing. Rejects with the true cause: Node itself says ENOENT where
 * a disk is read-only, and so would the log.
 */
export const makeFolder = async (path: string, mode: number, make: Make = mkdir): Promise<void> => {
  try {
    await make(path, { recursive: true, mode });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw (await causeAt(path, mode, make)) ?? error;
  }
};

/** What the first folder that cannot be made says: the nearest one whose own folder is there. */
const causeAt = async (path: string, mode: number, make: Make): Promise<unknown> => {
  try {
    await make(path, { mode });
    return undefined;
  } catch (error) {
    const isFolderMissing = errorCode(error) === 'ENOENT' && dirname(path) !== path;
    return isFolderMissing ? causeAt(dirname(path), mode, make) : error;
  }
};
