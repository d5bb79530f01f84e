import { X509Certificate } from 'node:crypto';
import type { EnvironmentReader } from './environment-reader.ts';
import { namedFileText } from './file-text.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates, in PEM, in the file that the variable names; a file that cannot be used refuses the start. */
export const certificatesFile = (read: EnvironmentReader, name: string): string | undefined => {
  const content = namedFileText(read, name);
  if (content === undefined) return undefined;
  const certificates = content.match(CERTIFICATE) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return content;
  read.problem(name, 'a file of certificates in PEM');
  return undefined;
};

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
};
