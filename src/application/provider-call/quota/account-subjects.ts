import { createHash } from 'node:crypto';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { CallKind } from '../../../domain/provider/provider-access.ts';
import type { SpreadsheetAccount } from '../../../domain/provider/spreadsheet.ts';
import type { QuotaSubject } from '../../../domain/rate-limit/quota.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { GOOGLE_TOKEN_URL } from '../../../domain/spreadsheet/service-account-key.ts';

/** Whose quotas the calls of a service spend; undefined where there are none, or its credentials cannot be read. */
export type AccountOf = (service: ExternalService) => SpreadsheetAccount | undefined;

/** Google's own, in calls a minute; `config` of a service may say that its account has others. */
const STANDARD = { project: 300, account: 60 } as const;

/**
 * What one kind of call is counted in for the account behind a service, shared by every tenant that uses the same one.
 * These subjects belong to no tenant, whose ids never begin so; by project, so that both are taken in one step.
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

/** `NAME@PROJECT.iam.gserviceaccount.com`, or the account that App Engine makes with a project. */
const OF_PROJECT = /@(.+)\.iam\.gserviceaccount\.com$/;
const OF_APP_ENGINE = /^(.+)@appspot\.gserviceaccount\.com$/;

/**
 * The address is proven by each token, and mostly names the project. A project that only the key file names may be
 * anybody's: of an account without one in its address, calls are counted by themselves.
 */
const projectBehind = ({ clientEmail, projectId }: SpreadsheetAccount): string =>
  (OF_PROJECT.exec(clientEmail) ?? OF_APP_ENGINE.exec(clientEmail))?.[1] ?? `${projectId} ${clientEmail}`;

const GOOGLES: ReadonlySet<string> = new Set([
  'https://sheets.googleapis.com',
  new URL(GOOGLE_TOKEN_URL).origin,
]);

/**
 * Other addresses than Google's own. Whose account it is, a key file only claims: what is counted or answered
 * elsewhere in its name must not concern those who use it at Google.
 */
const foreignOrigins = ({ baseUrl, config }: ExternalService): readonly string[] =>
  [baseUrl, config['token_url']].flatMap((url) => {
    const origin = typeof url === 'string' ? URL.parse(url)?.origin : undefined;
    return origin === undefined || GOOGLES.has(origin) ? [] : [origin];
  });

/** Names no account: subjects stand in metrics, answers and rows. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const limitOf = ({ config }: ExternalService, of: keyof typeof STANDARD, kind: CallKind): number => {
  const configured = config[`${of}_${kind}_per_minute`];
  return typeof configured === 'number' && Number.isSafeInteger(configured) && configured >= 0
    ? configured
    : STANDARD[of];
};
