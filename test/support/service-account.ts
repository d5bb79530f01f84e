import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export const ACCOUNT_EMAIL = 'gateway@a-project-1.iam.gserviceaccount.com';
export const ACCOUNT_PROJECT = 'a-project-1';

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

let pair: Pair | undefined;

/** One key pair for all tests of a process: generating one takes a while. */
export const accountKeys = (): Pair => (pair ??= aKeyPair());

export const aKeyPair = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });

export const privatePem = ({ privateKey }: Pick<Pair, 'privateKey'>): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The fields of a key file as issued by Google Cloud. */
export const keyFile = (
  change: Readonly<Record<string, unknown>> = {},
): { readonly [name: string]: unknown } => ({
  type: 'service_account',
  project_id: ACCOUNT_PROJECT,
  private_key_id: '0123456789abcdef0123456789abcdef01234567',
  private_key: privatePem(accountKeys()),
  client_email: ACCOUNT_EMAIL,
  client_id: '100000000000000000001',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
  client_x509_cert_url: 'https://www.googleapis.com/robot/v1/metadata/x509/gateway',
  universe_domain: 'googleapis.com',
  ...change,
});

export const aServiceAccountKey = (change: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify(keyFile(change));
