import { readFileSync } from 'node:fs';
import type { EnvironmentReader } from './environment-reader.ts';

/** Undefined if there is no file that this process can read. */
const fileText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** The text of the file that the variable names, if it is set; a file that cannot be read refuses the start. */
export const namedFileText = (read: EnvironmentReader, name: string): string | undefined => {
  const path = read.text(name);
  if (path === undefined) return undefined;
  const content = fileText(path);
  if (content === undefined) read.problem(name, 'there is no file that this process can read');
  return content;
};
