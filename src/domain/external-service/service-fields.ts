import type { FieldProblem } from '../shared/field-problem.ts';
import type { JsonObject } from '../shared/json.ts';
import { isLeft } from '../shared/fp.ts';
import type { Money } from '../shared/money.ts';
import { isLongerThan } from '../shared/text-length.ts';
import { parseServiceAccountKey } from '../spreadsheet/service-account-key.ts';
import { windowTypes, type QuotaLimits } from '../rate-limit/quota.ts';
import type { ProviderName, ServiceType } from './external-service.ts';
import { mapsConfigProblems } from './maps-config.ts';
import { secretsInConfig } from './secrets-in-config.ts';
import { sheetsConfigProblems } from './sheets-config.ts';

/** The fields of a service as an administrator gives them: defaults filled in, secrets in plain text. */
export type ServiceFields = {
  readonly serviceName: string;
  readonly serviceType: ServiceType;
  readonly provider: ProviderName;
  readonly displayName: string;
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  /** JSON text of a credentials document, such as a service-account key. */
  readonly credentials: string | undefined;
  readonly config: JsonObject;
  readonly isActive: boolean;
  readonly limits: QuotaLimits;
  readonly priority: number;
  readonly fallbackServiceId: string | undefined;
  readonly costPerCall: Money;
};

export const SERVICE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** The maximum of a PostgreSQL integer, which is more than any provider's monthly quota. */
export const LARGEST_LIMIT = 2_147_483_647;
export const LARGEST_PRIORITY = 1_000_000;
export const PROVIDER_KEY = /^[!-~]{1,512}$/;
export const KEY_RULE = '1 to 512 printable ASCII characters without spaces';
export const isProviderKey = (text: string): boolean => PROVIDER_KEY.test(text);

export const typeOfProvider: { readonly [P in ProviderName]: ServiceType } = {
  google_maps: 'geocoding',
  yandex_maps: 'geocoding',
  gazetteer: 'geocoding',
  google_sheets: 'spreadsheet',
  webhook: 'webhook',
};

/** Size of the JSON text in UTF-8. */
export const MOST_CONFIG_BYTES = 16 * 1024;

/**
 * All rules that a service must satisfy by itself. Rules for fallbacks need the tenant's other services
 * (fallback-chain.ts).
 */
export const serviceDraftProblems = (fields: ServiceFields): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  const add = (pointer: string, detail: string): number => problems.push({ pointer, detail });
  if (!SERVICE_NAME.test(fields.serviceName))
    add(
      '/service_name',
      'lower-case letters, digits, "_" and "-", at most 64, starting with a letter or digit',
    );
  if (typeOfProvider[fields.provider] !== fields.serviceType)
    add('/provider', `${fields.provider} is no ${fields.serviceType} provider`);
  if (fields.displayName.trim() === '' || isLongerThan(fields.displayName, 200))
    add('/display_name', '1 to 200 characters');
  if (fields.apiKey !== undefined && !isProviderKey(fields.apiKey)) add('/api_key', KEY_RULE);
  if (!Number.isSafeInteger(fields.priority) || Math.abs(fields.priority) > LARGEST_PRIORITY)
    add('/priority', `an integer from -${LARGEST_PRIORITY} to ${LARGEST_PRIORITY}`);
  return [
    ...problems,
    ...limitProblems(fields.limits),
    ...configProblems(fields),
    ...credentialsProblems(fields),
  ];
};

const limitProblems = (limits: QuotaLimits): readonly FieldProblem[] =>
  windowTypes
    .filter((window) => !isLimit(limits[window]))
    .map((window) => ({
      pointer: `/rate_limit_per_${window}`,
      detail: `an integer from 0 to ${LARGEST_LIMIT}, or null for no limit`,
    }));

const isLimit = (limit: number | undefined): boolean =>
  limit === undefined || (Number.isSafeInteger(limit) && limit >= 0 && limit <= LARGEST_LIMIT);

/** Checked on the merged result, because a patch that is small enough may still add to what is stored. */
const configProblems = ({ provider, config }: ServiceFields): readonly FieldProblem[] => {
  const isTooLarge = Buffer.byteLength(JSON.stringify(config)) > MOST_CONFIG_BYTES;
  return [
    ...(isTooLarge ? [{ pointer: '/config', detail: `at most ${MOST_CONFIG_BYTES} bytes as JSON` }] : []),
    ...(provider === 'google_sheets' ? sheetsConfigProblems : secretsInConfig)(config),
    ...(typeOfProvider[provider] === 'geocoding' ? mapsConfigProblems(config) : []),
  ];
};

/** Only Google Sheets uses a credentials document, and only a service-account key. */
const credentialsProblems = ({ provider, credentials, config }: ServiceFields): readonly FieldProblem[] => {
  if (provider !== 'google_sheets' || credentials === undefined) return [];
  const tokenUrl = config['token_url'];
  const key = parseServiceAccountKey(credentials, typeof tokenUrl === 'string' ? tokenUrl : undefined);
  return isLeft(key)
    ? key.left.map(({ pointer, detail }) => ({ pointer: `/credentials${pointer}`, detail }))
    : [];
};
