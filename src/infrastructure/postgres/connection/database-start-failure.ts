import { sqlStateOf } from './sql-state-of.ts';

const UNREACHED = 'cannot be reached: start it, or correct host and port';
const MUTE =
  'ends connections without a word: see whether PostgreSQL listens at that host and port, and its log';
const FOREIGN = 'is no PostgreSQL: correct host and port, where something else answers';
const UNTRUSTED =
  'is not trusted by its certificate: name its authority by sslrootcert, or set another sslmode';

/** By SQLSTATE, or by the error code of the system or of TLS. */
const advice: Readonly<Record<string, string>> = {
  '28P01': 'refuses the password: correct user and password, percent-encoded',
  '28000': 'refuses the login: correct its user, its rights in pg_hba.conf, or sslmode',
  '3D000': 'is not there: create it, or name another one',
  '42501':
    'lets its login do too little: it must own the database, be no NOINHERIT and, at the first start, ' +
    'be allowed to create roles, or to be a member of integration_app and integration_system where these are there already',
  '25006':
    'takes no writes: name the primary and not its standby, or end default_transaction_read_only of server, ' +
    'database and login',
  '53100': 'has no room left on its disk: make some',
  '53300':
    'lets nobody more in: raise max_connections, or the CONNECTION LIMIT of login or database, ' +
    'or lower DATABASE_POOL_SIZE',
  '57P03': 'still starts, stops or recovers: see its log; a start may be tried again',
  ECONNREFUSED: UNREACHED,
  ECONNRESET: MUTE,
  EHOSTUNREACH: UNREACHED,
  ENETUNREACH: UNREACHED,
  EADDRNOTAVAIL: UNREACHED,
  ETIMEDOUT: UNREACHED,
  ENOTFOUND: 'has a host that nobody knows: correct its name',
  EAI_AGAIN: 'has a host whose name cannot be asked for now: look after DNS, or set an address',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'has a certificate that has expired: give the server another one',
  CERT_NOT_YET_VALID:
    'has a certificate of later: see the clocks of both machines, or give the server another one',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name: correct the host, or sslmode',
};

/** The server's TLS alert for a missing client certificate, or one that it does not trust. */
const OF_OUR_CERTIFICATE = /^ERR_SSL_\w+_ALERT_(?:UNKNOWN_CA|\w*CERTIFICATE\w*)$/;
const UNKNOWN_TO_IT =
  'does not take the certificate of sslcert: name one that is in force, of an authority in its ssl_ca_file';

/** For errors without a code, or whose code says less than the text. */
const adviceByText: readonly (readonly [RegExp, string])[] = [
  [
    /^SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be /,
    'wants a password: write it behind the user, percent-encoded',
  ],
  [
    /is not currently accepting connections$/,
    'is closed to everybody: alter database … allow_connections true, or name another one',
  ],
  [/^cannot connect to invalid database /, 'is half dropped: drop it, and create or restore it anew'],
  [
    /^server login has been failing|^server login failed|^query_wait_timeout/,
    'is not reached by the PgBouncer before it: start it, or correct what PgBouncer knows of it; see both logs',
  ],
  [/^The server does not support SSL connections$/, 'has no TLS: turn it on there, or set another sslmode'],
  [/^Connection terminated due to connection timeout$/, UNREACHED],
  [/^Connection terminated unexpectedly$/, MUTE],
  [/^received (unexpected .+ message from backend|invalid response)/i, FOREIGN],
  [/^connect ENOENT /, 'has no socket in the folder of its host: start it, or correct host and port'],
];

/**
 * Explains failures met at a first start: names the variable and what to do. PostgreSQL's own text, which holds no
 * password, is quoted.
 */
export const databaseStartFailure = (error: unknown): unknown => {
  const text = error instanceof Error ? error.message : '';
  const code = sqlStateOf(error) ?? '';
  // Beside its code, OpenSSL only names places in its source.
  if (OF_OUR_CERTIFICATE.test(code)) return toldOf(`${UNKNOWN_TO_IT} (${code})`, error);
  const told = advice[code] ?? adviceByText.find(([said]) => said.test(text))?.[1];
  // For a host name with two addresses there is one error for each, and no text.
  return told === undefined ? error : toldOf(`${told} (${text || code})`, error);
};

const toldOf = (told: string, cause: unknown): Error =>
  new Error(`the database of DATABASE_URL ${told}`, { cause });
