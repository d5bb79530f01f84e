import type { ConnectionOptions } from 'node:tls';
import { ENCODE_THEM, isMisread } from '../../system/misread-address.ts';
import { tlsFrom } from './connection-tls.ts';

/** Where to connect, in the terms of `pg`. */
export type PostgresAddress = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: false | ConnectionOptions;
};

const SCHEME = /^(postgres|postgresql|postgresql\+asyncpg):\/\//i;
/**
 * How libpq and SQLAlchemy write a server on a socket (`user@/main?host=/folder`), which the standard URL parser
 * refuses.
 */
const WITHOUT_HOST = /^([^/?#]*\/\/[^/?#]*@)(?=[:/?#]|$)/;
/** The standard URL parser takes what follows the first colon for a port, and refuses it. */
const SEVERAL_HOSTS = /^[^/?#]*\/\/(?:[^/?#@]*@)?[^/?#@]*,[^/?#@]*(?:[/?]|$)/;
const DEFAULT_PORT = 5432;

/**
 * Reads `DATABASE_URL`: `postgres://`, `postgresql://` and, for URLs shared with Python siblings,
 * `postgresql+asyncpg://`. The query parameters `host` (a socket folder), `port`, `sslmode` or asyncpg's `ssl`,
 * `sslrootcert`, `sslcert` and `sslkey` are obeyed. Others that say where to connect, as whom or how securely are
 * refused; the rest is meant for other drivers and ignored. Throws with a sentence that names the problem but never
 * quotes the URL, which holds a password.
 */
export const postgresAddress = (text: string): PostgresAddress => {
  const url = parsed(text);
  const user = decoded(url.username) || 'postgres';
  for (const name of ELSEWHERE) if (url.searchParams.has(name)) throw new Error(IN_THEIR_PLACES);
  const host = hostOf(url);
  const ssl = tlsFrom(url.searchParams, host);
  return {
    host,
    port: portOf(url),
    user,
    password: decoded(url.password) || undefined,
    database: decoded(url.pathname.slice(1)) || user,
    // As in libpq: there is no TLS on a local socket, where nobody can be in between.
    ssl: host.startsWith('/') ? false : ssl,
  };
};

const hostOf = (url: URL): string => {
  const [named, ...more] = url.searchParams.getAll('host');
  const host = named || decoded(url.hostname).replace(/^\[|\]$/g, '') || 'localhost';
  if (more.length > 0 || host.includes(',')) throw new Error(ONE_HOST);
  return host;
};

/** As in libpq and asyncpg, the parameter takes precedence. */
const portOf = ({ searchParams, port }: URL): number => {
  const given = searchParams.get('port') ?? port;
  if (!/^\d{0,5}$/.test(given) || Number(given) > 65_535)
    throw new Error('DATABASE_URL: port is one number, up to 65535');
  return Number(given) || DEFAULT_PORT;
};

/** Several hosts are not tried in turn, since a standby found first would be read-only. */
const ONE_HOST =
  'DATABASE_URL: one host alone, and where there are several servers, a name or a proxy that leads to the primary';
/** In libpq and asyncpg these override the parts of the URL: siblings would obey them, and this service would not. */
const ELSEWHERE = ['user', 'password', 'dbname', 'database', 'hostaddr', 'service'];
const IN_THEIR_PLACES =
  `DATABASE_URL: ${ELSEWHERE.join(', ')} are not supported as parameters: ` +
  'write them before the ?, as //user:password@host/database';

const parsed = (text: string): URL => {
  if (!SCHEME.test(text))
    throw new Error(
      'DATABASE_URL: a URL starting with postgresql:// or postgres:// or postgresql+asyncpg://',
    );
  const whole = text.replace(WITHOUT_HOST, '$1localhost');
  // With an unencoded # in the password the rest would be lost, and what precedes it taken for a host.
  const isEncoded = !whole.includes('#') && !isMisread(whole);
  if (isEncoded && SEVERAL_HOSTS.test(whole)) throw new Error(ONE_HOST);
  if (!isEncoded || !URL.canParse(whole))
    throw new Error(`DATABASE_URL: cannot be read as a URL of one host: ${ENCODE_THEM}`);
  return new URL(whole);
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('DATABASE_URL: user, password and database must be percent-encoded');
  }
};
