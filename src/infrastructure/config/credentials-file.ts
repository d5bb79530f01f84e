import { isLeft } from '../../domain/shared/fp.ts';
import { parseServiceAccountKey } from '../../domain/spreadsheet/service-account-key.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import { fileText } from './file-text.ts';

/** The text of the key file that the variable names; a file that cannot be used refuses the start, with every reason. */
export const credentialsFile = (read: EnvironmentReader, name: string): string | undefined => {
  const path = read.text(name);
  if (path === undefined) return undefined;
  const content = fileText(path);
  if (content === undefined) {
    read.problem(name, 'no file there that this process may read');
    return undefined;
  }
  const key = parseServiceAccountKey(content);
  if (!isLeft(key)) return content;
  for (const { pointer, detail } of key.left) read.problem(name, `${pointer}: ${detail}`.replace(/^: /, ''));
  return undefined;
};
