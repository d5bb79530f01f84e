import { isLeft } from '../../domain/shared/fp.ts';
import { parseServiceAccountKey } from '../../domain/spreadsheet/service-account-key.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import { namedFileText } from './file-text.ts';

/**
 * The text of the key file that the variable names; a file that cannot be used refuses the start, with every reason.
 */
export const credentialsFile = (read: EnvironmentReader, name: string): string | undefined => {
  const content = namedFileText(read, name);
  if (content === undefined) return undefined;
  const key = parseServiceAccountKey(content);
  if (!isLeft(key)) return content;
  for (const { pointer, detail } of key.left) read.problem(name, `${pointer}: ${detail}`.replace(/^: /, ''));
  return undefined;
};
