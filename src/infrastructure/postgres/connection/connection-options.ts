import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ENCODE_THEM, isMisread } from '../../system/misread-address.ts';

/** Where to connect, in the words of `pg`. */
export type PostgresAddress = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: false | ConnectionOptions;
};

const SCHEME = /^(postgres|postgresql|postgresql\+asyncpg):\/\//i;
/** libpq and SQLAlchemy write a server on a socket so (`user@/main?host=/folder`); the standard's parser refuses it. */
const WITHOUT_HOST = /^([^/?#]*\/\/[^/?#]*@)(?=[:/?#]|$)/;
const DEFAULT_PORT = 5432;

/**
 * Reads `DATABASE_URL`: `postgres://`, `postgresql://` and, for addresses shared with Python siblings,
 * `postgresql+asyncpg://`. Of the query parameters `host` (a socket folder), `sslmode` or asyncpg's `ssl`,
 * `sslrootcert`, `sslcert` and `sslkey` count. Others about TLS are refused; the rest belongs to other drivers
 * and is left out. Throws with a sentence that names the problem and never the address, which holds a password.
 */
export const postgresAddress = (text: string): PostgresAddress => {
  const url = parsed(text);
  const user = decoded(url.username) || 'postgres';
  return {
    host: url.searchParams.get('host') ?? (decoded(url.hostname).replace(/^\[|\]$/g, '') || 'localhost'),
    port: Number(url.port) || DEFAULT_PORT,
    user,
    password: decoded(url.password) || undefined,
    database: decoded(url.pathname.slice(1)) || user,
    ssl: tlsFrom(url.searchParams),
  };
};

const parsed = (text: string): URL => {
  if (!SCHEME.test(text))
    throw new Error(
      'DATABASE_URL: a URL starting with postgresql:// or postgres:// or postgresql+asyncpg://',
    );
  const whole = text.replace(WITHOUT_HOST, '$1localhost');
  // Of a password with a # in it the rest would be lost, and what stands before it taken for a host.
  if (!URL.canParse(whole) || whole.includes('#') || isMisread(whole))
    throw new Error(`DATABASE_URL: not to be read as a URL of one host: ${ENCODE_THEM}`);
  return new URL(whole);
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('DATABASE_URL: user, password and database must be percent-encoded');
  }
};

/**
 * The levels of libpq. `pg` cannot fall back from TLS to plain on one address, so `allow` and `prefer`,
 * which promise nothing, are plain. `require` encrypts without checking who answers, unless a root is given.
 * Without a root, `verify-full` trusts whom Node trusts.
 */
const tlsFrom = (query: URLSearchParams): false | ConnectionOptions => {
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
      return { ...files, rejectUnauthorized: true };
    default:
      throw new Error(
        'DATABASE_URL: sslmode must be disable, allow, prefer, require, verify-ca or verify-full',
      );
  }
};

const modeOf = (query: URLSearchParams): string => {
  const isSystemRoot = query.get('sslrootcert') === SYSTEM;
  const given = query.get('sslmode') ?? query.get('ssl') ?? (isSystemRoot ? 'verify-full' : 'disable');
  const mode = given.toLowerCase();
  if (isSystemRoot && mode !== 'verify-full') throw new Error(WEAK_WITH_SYSTEM);
  return mode;
};

const HEEDED = new Set(['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey']);
/** Of libpq: without them a connection is no less safe. */
const HARMLESS = new Set(['sslsni', 'sslcompression', 'sslnegotiation']);
/** Whoever misspells `sslmode` must not be left with a plain connection. */
const UNHEEDED = `DATABASE_URL: of parameters about TLS only ${[...HEEDED].join(', ')} are heeded`;

/** libpq's word for the authorities that the system trusts; here they are Node's. */
const SYSTEM = 'system';
/** As libpq has it: they sign for whoever asks, so that without a look at the name everybody would be trusted. */
const WEAK_WITH_SYSTEM = 'DATABASE_URL: sslrootcert=system needs sslmode=verify-full';
const CA_OF_ANYBODY =
  'DATABASE_URL: sslmode=verify-ca needs sslrootcert, the file of the authority that is trusted; ' +
  'with a public one set verify-full';

const anyNameOf = (files: ConnectionOptions): ConnectionOptions => ({
  ...files,
  rejectUnauthorized: true,
  checkServerIdentity: () => undefined,
});

const certificateFiles = (query: URLSearchParams): ConnectionOptions => {
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => fileOf(query, name));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
};

const fileOf = (query: URLSearchParams, name: string): string | undefined => {
  const path = query.get(name);
  if (path === null || (name === 'sslrootcert' && path === SYSTEM)) return undefined;
  const content = textOf(path);
  if (content === undefined) throw new Error(`DATABASE_URL: the file of ${name} cannot be read`);
  // Node takes an empty text for none: instead of the one authority named here, all would be trusted whom it trusts.
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
