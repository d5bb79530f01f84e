import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { holdsCertificates } from '../../security/certificates.ts';

/**
 * The levels of libpq's `sslmode`. `pg` cannot fall back from TLS to plain on one address, so `allow` and `prefer`,
 * which promise nothing, mean plain. `require` encrypts without verifying the server, unless a root certificate is
 * given. Without one, `verify-full` trusts the authorities that Node trusts.
 */
export const tlsFrom = (query: URLSearchParams, host: string): false | ConnectionOptions => {
  for (const name of query.keys())
    if (/ssl|tls/i.test(name) && !HEEDED.has(name) && !HARMLESS.has(name)) throw new Error(UNHEEDED);
  const files = certificateFiles(query);
  switch (modeOf(query)) {
    case 'disable':
    case 'allow':
    case 'prefer':
    case 'false':
      return false;
    case 'require':
    case 'true':
      return files.ca === undefined ? { ...files, rejectUnauthorized: false } : anyNameOf(files);
    case 'verify-ca':
      if (files.ca === undefined) throw new Error(CA_OF_ANYBODY);
      return anyNameOf(files);
    case 'verify-full':
      return { ...files, ...judgedAs(host), rejectUnauthorized: true };
    default:
      throw new Error(
        'DATABASE_URL: sslmode must be disable, allow, prefer, require, verify-ca or verify-full',
      );
  }
};

const modeOf = (query: URLSearchParams): string => {
  const isSystemRoot = query.get('sslrootcert') === SYSTEM;
  const asked = query.get('sslmode') ?? query.get('ssl');
  if (asked === null && !isSystemRoot && FILES.some((name) => query.has(name))) throw new Error(FILES_UNUSED);
  const mode = (asked ?? (isSystemRoot ? 'verify-full' : 'disable')).toLowerCase();
  if (isSystemRoot && mode !== 'verify-full') throw new Error(WEAK_WITH_SYSTEM);
  return mode;
};

const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;
const HEEDED = new Set(['sslmode', 'ssl', ...FILES]);
/** Parameters of libpq without which a connection is no less secure. */
const HARMLESS = new Set(['sslsni', 'sslcompression', 'sslnegotiation']);
/** A misspelt `sslmode` must not result in a plain connection. */
const UNHEEDED = `DATABASE_URL: of the parameters about TLS only ${[...HEEDED].join(', ')} are supported`;

/** Whoever names these files believes the connection to be encrypted. */
const FILES_UNUSED = `DATABASE_URL: ${FILES.join(', ')} need an sslmode that makes use of them`;

/** libpq's name for the authorities trusted by the system; here those that Node trusts. */
const SYSTEM = 'system';
/** As in libpq: such authorities sign for anybody, so without a check of the name everybody would be trusted. */
const WEAK_WITH_SYSTEM = 'DATABASE_URL: sslrootcert=system needs sslmode=verify-full';
const CA_OF_ANYBODY =
  'DATABASE_URL: sslmode=verify-ca needs sslrootcert, the file of the authority that is trusted; ' +
  'with a public one set verify-full';

const anyNameOf = (files: ConnectionOptions): ConnectionOptions => ({
  ...files,
  rejectUnauthorized: true,
  checkServerIdentity: () => undefined,
});

/** For an IP address `pg` passes no name to Node, which then expects a certificate for localhost. */
const judgedAs = (host: string): ConnectionOptions => (isIP(host) === 0 ? {} : { host });

const certificateFiles = (query: URLSearchParams): ConnectionOptions => {
  const [ca, cert, key] = FILES.map((name) => fileOf(query, name));
  // Node ignores certificates that it cannot parse, and would then trust nobody.
  if (ca !== undefined && !holdsCertificates(ca)) throw new Error(NO_AUTHORITY);
  if (cert !== undefined || key !== undefined) refuseUnfit(cert, key);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
};

const NO_AUTHORITY = 'DATABASE_URL: the file of sslrootcert holds no certificates in PEM';
const NO_PAIR =
  'DATABASE_URL: sslcert and sslkey name a certificate and the key of it, in PEM, not encrypted';

/** A certificate without its key is not presented to the server, and OpenSSL's errors about the others name no file. */
const refuseUnfit = (cert: string | undefined, key: string | undefined): void => {
  if (cert === undefined || key === undefined) throw new Error(NO_PAIR);
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new Error(NO_PAIR);
  }
};

const fileOf = (query: URLSearchParams, name: string): string | undefined => {
  const path = query.get(name);
  if (path === null || (name === 'sslrootcert' && path === SYSTEM)) return undefined;
  const content = textOf(path);
  if (content === undefined) throw new Error(`DATABASE_URL: the file of ${name} cannot be read`);
  // Node treats an empty text as absent: instead of the one authority named here it would trust all its own.
  if (content.trim() === '') throw new Error(`DATABASE_URL: the file of ${name} is empty`);
  return content;
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
