import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { hash32, idOf } from '../hash.ts';

/** The key file that Google issues for a service account. */
export type ServiceAccountKey = {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly auth_provider_x509_cert_url: string;
  readonly client_x509_cert_url: string;
  readonly universe_domain: string;
};

export type AccountOptions = {
  readonly client_email?: string;
  readonly project_id?: string;
  /** Accounts with the same number share the quotas of the project. */
  readonly project_number?: string;
  /** false: the project has not enabled the Sheets API. */
  readonly api_enabled?: boolean;
  /** true: the token endpoint no longer finds the account. */
  readonly deleted?: boolean;
  /** Generates a new key pair; assertions signed with the previous one are refused from now on. */
  readonly new_key?: boolean;
};

export type Account = {
  readonly email: string;
  readonly projectNumber: string;
  readonly apiEnabled: boolean;
  readonly deleted: boolean;
  readonly publicKey: KeyObject;
  readonly key: ServiceAccountKey;
};

const keyPem = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/** Generated on first use and shared by the accounts that need no key of their own: generating one takes a while. */
let shared: string | undefined;
const sharedPem = (): string => (shared ??= keyPem());

const keyFile = (email: string, projectId: string, pem: string): ServiceAccountKey => ({
  type: 'service_account',
  project_id: projectId,
  private_key_id: idOf(pem, 40),
  private_key: pem,
  client_email: email,
  client_id: String(100_000_000_000 + hash32(email)),
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
  client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
  universe_domain: 'googleapis.com',
});

export class Accounts {
  readonly #known = new Map<string, Account>();

  /** Registers an account, or changes the given fields of a registered one. */
  register(options: AccountOptions): Account {
    const email = options.client_email ?? 'sheets@sandbox-project.iam.gserviceaccount.com';
    const before = this.#known.get(email);
    const pem = options.new_key ? keyPem() : (before?.key.private_key ?? sharedPem());
    const projectId = options.project_id ?? before?.key.project_id ?? 'sandbox-project';
    const account: Account = {
      email,
      projectNumber: options.project_number ?? before?.projectNumber ?? '000000000000',
      apiEnabled: options.api_enabled ?? before?.apiEnabled ?? true,
      deleted: options.deleted ?? before?.deleted ?? false,
      publicKey: createPublicKey(pem),
      key: keyFile(email, projectId, pem),
    };
    this.#known.set(email, account);
    return account;
  }

  find(email: string): Account | undefined {
    return this.#known.get(email);
  }

  emails(): readonly string[] {
    return [...this.#known.keys()];
  }

  reset(): void {
    this.#known.clear();
  }
}
