import { readFileSync } from 'node:fs';
import { isLeft } from '../../domain/shared/fp.ts';
import { parseServiceAccountKey } from '../../domain/spreadsheet/service-account-key.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** The text of the key file that the variable names; a file that cannot be used refuses the start, with every reason. */
export const credentialsFile = (read: EnvironmentReader, name: string): string | undefined => {
  const path = read.text(name);
  if (path === undefined) return undefined;
  const content = contentOf(path);
  if (content === undefined) {
    read.problem(name, 'no file there that this process may read');
    return undefined;
  }
  const key = parseServiceAccountKey(content);
  if (!isLeft(key)) return content;
  for (const { pointer, detail } of key.left) read.problem(name, `${pointer}: ${detail}`.replace(/^: /, ''));
  return undefined;
};

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
