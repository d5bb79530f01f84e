import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { FieldProblem } from '../shared/field-problem.ts';
import { left, right, type Either } from '../shared/fp.ts';
import { isJsonObject, jsonIn } from '../shared/json.ts';

/** What is needed of a key file of Google Cloud to ask for tokens. `privateKey` is PEM. */
export type ServiceAccountKey = {
  readonly clientEmail: string;
  readonly projectId: string;
  readonly privateKey: string;
};

export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** What key files of Google Cloud have named over the years. */
const GOOGLE_TOKEN_HOSTS = ['oauth2.googleapis.com', 'accounts.google.com', 'www.googleapis.com'];
const E_MAIL = /^[!-?A-~]{1,128}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
/** Old projects carry their organisation's domain before a colon. */
const PROJECT_ID = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,127}$/;

type Fields = { readonly [name: string]: unknown };

/**
 * A key file, checked before anything trusts it: Google's library would also take files that name programs to run and
 * addresses to ask (`external_account`). `token_uri` decides nothing here, yet a file that leads to another host
 * was made to: it is refused, unless the service itself is configured to ask there.
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

/** A file without it is as good for tokens; whose quota its calls spend the address tells, or stands for. */
const projectOf = (email: string): string =>
  email.slice(email.indexOf('@') + 1).replace(/\.iam\.gserviceaccount\.com$/, '');

/** Behind a byte order mark, too: nobody sees it who looks at a file that was saved on Windows. */
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

/** Google takes no longer ones. One of 16,384 bits signs for a second, in which nobody else is served. */
const MOST_RSA_BITS = 4_096;
/** FIPS 186-5 allows no more. With one as long as a request may be, each signature takes seconds as well. */
const EXPONENTS_END = 2n ** 256n;
/** Of modulus and exponent in DER: more than those two take. */
const MOST_PUBLIC_BYTES = 1_024;

const PRIVATE_KEY = `an RSA private key in PEM that signs, not encrypted, at most ${MOST_RSA_BITS} bits`;
/** As keys come out of variables of the environment. */
const escapedTwice = (value: unknown): string =>
  typeof value === 'string' && value.includes(String.raw`-----\n`)
    ? String.raw`; its line ends are escaped twice, \\n for \n`
    : '';

const isRsaKey = (value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  try {
    const key = createPrivateKey({ key: value, format: 'pem' });
    // One that is too short, or whose numbers do not fit together, is found out by nothing else.
    return isQuickRsaKey(key) && sign('sha256', Buffer.alloc(0), key).length > 0;
  } catch {
    return false;
  }
};

/**
 * Node leaves an error behind in OpenSSL when it is asked for the details of longer numbers, and the next key, whoever
 * it belongs to, is refused for it: so they are not asked for.
 */
const isQuickRsaKey = (key: KeyObject): boolean => {
  if (key.asymmetricKeyType !== 'rsa') return false;
  if (createPublicKey(key).export({ type: 'pkcs1', format: 'der' }).length > MOST_PUBLIC_BYTES) return false;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength <= MOST_RSA_BITS && publicExponent < EXPONENTS_END;
};
