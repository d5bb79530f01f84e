import { createHash } from 'node:crypto';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { CallKind } from '../../../domain/provider/provider-access.ts';
import type { SpreadsheetAccount } from '../../../domain/provider/spreadsheet.ts';
import type { QuotaSubject } from '../../../domain/rate-limit/quota.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { GOOGLE_TOKEN_URL } from '../../../domain/spreadsheet/service-account-key.ts';

/**
 * The account whose quotas the calls of a service use; undefined where there is none, or its credentials cannot be
 * read.
 */
export type AccountOf = (service: ExternalService) => SpreadsheetAccount | undefined;

/** Google's default limits in calls per minute; the `config` of a service may set others for its account. */
const STANDARD = { project: 300, account: 60 } as const;

/**
 * The quota subjects for one kind of call on the account behind a service, shared by all tenants that use this account.
 * They are keyed by a pseudo tenant per project, whose `~` no real tenant id has, so that account and project windows
 * can be taken in one atomic step.
 */
export const accountSubjects = (
  service: ExternalService,
  account: SpreadsheetAccount | undefined,
  kind: CallKind,
): readonly QuotaSubject[] => {
  if (account === undefined) return [];
  const project = hashOf([projectBehind(account), ...foreignOrigins(service)].join(' '));
  const subject = (of: keyof typeof STANDARD, id: string): QuotaSubject => ({
    tenantId: `~google-${project}` as TenantId,
    subjectId: `${of}:${id}:${kind}`,
    serviceName: `${of}:${kind}`,
    limits: { minute: limitOf(service, of, kind) },
  });
  return [subject('account', hashOf(account.clientEmail)), subject('project', project)];
};

/** `NAME@PROJECT.iam.gserviceaccount.com`, or the default account of App Engine. */
const OF_PROJECT = /@(.+)\.iam\.gserviceaccount\.com$/;
const OF_APP_ENGINE = /^(.+)@appspot\.gserviceaccount\.com$/;

/**
 * The project that an account belongs to. The e-mail address is proven by each access token and usually names the
 * project. The project in a key file is only a claim, so an account whose address names none is counted by itself.
 */
const projectBehind = ({ clientEmail, projectId }: SpreadsheetAccount): string =>
  (OF_PROJECT.exec(clientEmail) ?? OF_APP_ENGINE.exec(clientEmail))?.[1] ?? `${projectId} ${clientEmail}`;

const GOOGLES: ReadonlySet<string> = new Set([
  'https://sheets.googleapis.com',
  new URL(GOOGLE_TOKEN_URL).origin,
]);

/**
 * Origins other than Google's own. Anyone can claim an account in a key file, so calls made elsewhere in its name must
 * not use up the quota of those who use it at Google.
 */
const foreignOrigins = ({ baseUrl, config }: ExternalService): readonly string[] =>
  [baseUrl, config['token_url']].flatMap((url) => {
    const origin = typeof url === 'string' ? URL.parse(url)?.origin : undefined;
    return origin === undefined || GOOGLES.has(origin) ? [] : [origin];
  });

/** Hashed, because subject ids appear in metrics, answers and rows and must not reveal the account. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const limitOf = ({ config }: ExternalService, of: keyof typeof STANDARD, kind: CallKind): number => {
  const configured = config[`${of}_${kind}_per_minute`];
  return typeof configured === 'number' && Number.isSafeInteger(configured) && configured >= 0
    ? configured
    : STANDARD[of];
};
