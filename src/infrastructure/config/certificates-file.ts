import { holdsCertificates } from '../security/certificates.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import { namedFileText } from './file-text.ts';

/** The PEM certificates in the file that the variable names; a file that cannot be used refuses the start. */
export const certificatesFile = (read: EnvironmentReader, name: string): string | undefined => {
  const content = namedFileText(read, name);
  if (content === undefined || holdsCertificates(content)) return content;
  read.problem(name, 'a file of certificates in PEM');
  return undefined;
};
