import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';

type Make = (path: string, options: { readonly mode: number }) => Promise<unknown>;

/**
 * Creates a folder and its missing parents. One by one, since Node's recursive mkdir reports ENOENT for a read-only
 * disk, and never ends below /proc.
 */
export const makeFolder = async (path: string, mode: number, make: Make = mkdir): Promise<void> => {
  try {
    await made(path, mode, make);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode, make);
    await made(path, mode, make);
  }
};

const made = async (path: string, mode: number, make: Make): Promise<void> => {
  try {
    await make(path, { mode });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
};
