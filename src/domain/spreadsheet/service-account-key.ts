import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { FieldProblem } from '../shared/field-problem.ts';
import { left, right, type Either } from '../shared/fp.ts';
import { isJsonObject, jsonIn } from '../shared/json.ts';

/** The parts of a Google Cloud key file that are needed to request access tokens. `privateKey` is PEM. */
export type ServiceAccountKey = {
  readonly clientEmail: string;
  readonly projectId: string;
  readonly privateKey: string;
};

export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** Token hosts that Google Cloud key files have named over the years. */
const GOOGLE_TOKEN_HOSTS = ['oauth2.googleapis.com', 'accounts.google.com', 'www.googleapis.com'];
const E_MAIL = /^[!-?A-~]{1,128}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
/** The ids of old projects begin with their organisation's domain and a colon. */
const PROJECT_ID = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,127}$/;

type Fields = { readonly [name: string]: unknown };

/**
 * Parses and validates a key file before anything trusts it. Google's library would also accept files that name
 * programs to run and addresses to call (`external_account`). `token_uri` is not used, but a file that names another
 * host was made to mislead, so it is refused, unless the service itself is configured to use that host.
 */
export const parseServiceAccountKey = (
  text: string,
  tokenUrl: string = GOOGLE_TOKEN_URL,
): Either<readonly FieldProblem[], ServiceAccountKey> => {
  const fields = fieldsOf(text);
  if (fields === undefined) return left([{ pointer: '', detail: 'the JSON of a service-account key file' }]);
  if (fields['type'] !== 'service_account')
    return left([
      { pointer: '/type', detail: 'only "service_account": a key file of a Google Cloud service account' },
    ]);
  const problems = problemsOf(fields, tokenUrl);
  return problems.length > 0 ? left(problems) : right(keyIn(fields));
};

const keyIn = ({ client_email, project_id, private_key }: Fields): ServiceAccountKey => {
  const clientEmail = String(client_email);
  const projectId = typeof project_id === 'string' ? project_id : projectOf(clientEmail);
  return { clientEmail, projectId, privateKey: String(private_key) };
};

/**
 * Tokens do not need the project id. For the quota it is derived from the e-mail address, which stands in for it if it
 * names no project.
 */
const projectOf = (email: string): string =>
  email.slice(email.indexOf('@') + 1).replace(/\.iam\.gserviceaccount\.com$/, '');

/** Accepts a byte order mark, which files saved on Windows may have and editors do not show. */
const fieldsOf = (text: string): Fields | undefined => {
  const json = jsonIn(text.replace(/^\ufeff/, ''));
  return isJsonObject(json) ? json : undefined;
};

const problemsOf = (fields: Fields, tokenUrl: string): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  const check = (name: string, isGood: (value: unknown) => boolean, detail: string): void => {
    if (!isGood(fields[name])) problems.push({ pointer: `/${name}`, detail });
  };
  check('client_email', matches(E_MAIL), 'the e-mail address of the service account');
  check(
    'project_id',
    (value) => value === undefined || matches(PROJECT_ID)(value),
    'the id of a Google Cloud project',
  );
  check('private_key', isRsaKey, `${PRIVATE_KEY}${escapedTwice(fields['private_key'])}`);
  check(
    'token_uri',
    (value) => value === undefined || value === tokenUrl || isGoogles(value),
    'names another token host than Google and than token_url in the config of the service',
  );
  check(
    'universe_domain',
    (value) => value === undefined || value === 'googleapis.com',
    'only googleapis.com',
  );
  return problems;
};

const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value);

const isGoogles = (value: unknown): boolean => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'https:' && url.port === '' && GOOGLE_TOKEN_HOSTS.includes(url.hostname);
};

/**
 * Google accepts no longer keys. Signing with a key of 16,384 bits takes a second, in which this process serves nobody.
 */
const MOST_RSA_BITS = 4_096;
/** The limit of FIPS 186-5. With a huge exponent each signature would take seconds as well. */
const EXPONENTS_END = 2n ** 256n;
/** More than modulus and exponent within the limits take in DER. */
const MOST_PUBLIC_BYTES = 1_024;

const PRIVATE_KEY = `an RSA private key in PEM that signs, not encrypted, at most ${MOST_RSA_BITS} bits`;
/** A common mistake with keys passed through environment variables. */
const escapedTwice = (value: unknown): string =>
  typeof value === 'string' && value.includes(String.raw`-----\n`)
    ? String.raw`; its line ends are escaped twice, \\n for \n`
    : '';

const isRsaKey = (value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  try {
    const key = createPrivateKey({ key: value, format: 'pem' });
    // A test signature, because nothing else detects a key that is too short or inconsistent.
    return isQuickRsaKey(key) && sign('sha256', Buffer.alloc(0), key).length > 0;
  } catch {
    return false;
  }
};

/**
 * Node leaves an error behind in OpenSSL when the details of larger numbers are read, and then refuses the next key,
 * whoever it belongs to. The size is therefore checked before the details are read.
 */
const isQuickRsaKey = (key: KeyObject): boolean => {
  if (key.asymmetricKeyType !== 'rsa') return false;
  if (createPublicKey(key).export({ type: 'pkcs1', format: 'der' }).length > MOST_PUBLIC_BYTES) return false;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength <= MOST_RSA_BITS && publicExponent < EXPONENTS_END;
};
