import { fileURLToPath } from 'node:url';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));

/** Certificates of a private authority for localhost and 127.0.0.1, valid for a hundred years. */
export const tlsFiles = {
  authority: fixture('authority'),
  certificate: fixture('server'),
  key: fixture('server-key'),
} as const;
