import { readFileSync } from 'node:fs';

/** Undefined where there is no file that this process may read. */
export const fileText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
