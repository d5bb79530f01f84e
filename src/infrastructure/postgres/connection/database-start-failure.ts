import { sqlStateOf } from './sql-state-of.ts';

const UNREACHED = 'cannot be reached: start it, or correct host and port';
const MUTE =
  'closes connections without an answer: check whether PostgreSQL listens at that host and port, and read its log';
const FOREIGN = 'is not PostgreSQL: something else answers there, correct host and port';
const UNTRUSTED =
  'is not trusted by its certificate: name its authority by sslrootcert, or set another sslmode';

/** By SQLSTATE, or by the error code of the system or of TLS. */
const advice: Readonly<Record<string, string>> = {
  '28P01': 'refuses the password: correct user and password, percent-encoded',
  '28000': 'refuses the login: correct its user, its rights in pg_hba.conf, or sslmode',
  '3D000': 'is not there: create it, or name another one',
  '42501':
    'gives its login too few rights: it must own the database, not be NOINHERIT and, at the first start, ' +
    'be allowed to create roles, or be a member of integration_app and integration_system if these already exist',
  '25006':
    'is read-only: name the primary and not its standby, or turn off default_transaction_read_only of server, ' +
    'database and login',
  '53100': 'has no space left on its disk: free some',
  '53300':
    'accepts no more connections: raise max_connections, or the CONNECTION LIMIT of login or database, ' +
    'or lower DATABASE_POOL_SIZE',
  '57P03': 'is still starting, stopping or recovering: read its log, and start this service again later',
  ECONNREFUSED: UNREACHED,
  ECONNRESET: MUTE,
  EHOSTUNREACH: UNREACHED,
  ENETUNREACH: UNREACHED,
  EADDRNOTAVAIL: UNREACHED,
  ETIMEDOUT: UNREACHED,
  ENOTFOUND: 'has a host name that cannot be resolved: correct it',
  EAI_AGAIN: 'has a host name that cannot be resolved at the moment: check DNS, or set an IP address',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'has a certificate that has expired: give the server another one',
  CERT_NOT_YET_VALID:
    'has a certificate that is not valid yet: check the clocks of both machines, or give the server another one',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name: correct the host, or sslmode',
};

/** The server's TLS alert for a missing client certificate, or one that it does not trust. */
const OF_OUR_CERTIFICATE = /^ERR_SSL_\w+_ALERT_(?:UNKNOWN_CA|\w*CERTIFICATE\w*)$/;
const UNKNOWN_TO_IT =
  'does not accept the certificate of sslcert: name one that is valid and issued by an authority in its ssl_ca_file';

/** For errors without a code, or whose code says less than the text. */
const adviceByText: readonly (readonly [RegExp, string])[] = [
  [
    /^SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be /,
    'requires a password: write it after the user, percent-encoded',
  ],
  [
    /is not currently accepting connections$/,
    'is closed to everybody: alter database … allow_connections true, or name another one',
  ],
  [/^cannot connect to invalid database /, 'is half dropped: drop it, and create or restore it anew'],
  [
    /^server login has been failing|^server login failed|^query_wait_timeout/,
    'cannot be reached by the PgBouncer in front of it: start it, or correct its address or login in PgBouncer; read both logs',
  ],
  [
    /^The server does not support SSL connections$/,
    'does not support TLS: turn it on there, or set another sslmode',
  ],
  [/^Connection terminated due to connection timeout$/, UNREACHED],
  [/^Connection terminated unexpectedly$/, MUTE],
  [/^received (unexpected .+ message from backend|invalid response)/i, FOREIGN],
  [/^connect ENOENT /, 'has no socket in the folder that host names: start it, or correct host and port'],
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
