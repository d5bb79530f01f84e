import * as t from 'io-ts';
import type { ServicePatch } from '../../../application/commands/service-patch.ts';
import { providerNames, type ProviderName } from '../../../domain/external-service/external-service.ts';
import type { ServiceFields } from '../../../domain/external-service/service-fields.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { codecOf, component, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import {
  clearableFields,
  DEFAULT_CURRENCY,
  serviceName,
  serviceType,
  settledFields,
} from './service-fields-codecs.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';

const createFields = strictObject(
  { service_name: serviceName, service_type: serviceType },
  { ...settledFields, ...clearableFields },
);
type CreateFields = t.TypeOf<typeof createFields>;

const providerNamed = (name: unknown): ProviderName | undefined =>
  providerNames.find((provider) => provider === name);

/** The provider where none is stated: there is only one for senders; other services may be named after theirs. */
const impliedBy = (input: unknown): ProviderName | undefined => {
  if (!isJsonObject(input)) return undefined;
  return input['service_type'] === 'webhook' ? 'webhook' : providerNamed(input['service_name']);
};

/** If the name is missing as well, it might still be that of a provider. */
const lacksProvider = (input: object): boolean => 'service_name' in input && !('provider' in input);

/** A service that is not named after a provider must state which adapter it means. */
const withProvider = codecOf<CreateFields & { readonly provider: ProviderName }>(
  (input, context) => {
    const fields = createFields.validate(input, context);
    const named = impliedBy(input);
    if (isJsonObject(input) && lacksProvider(input) && named === undefined) {
      const missing = {
        value: undefined,
        context: t.appendContext(context, 'provider', t.unknown),
        message: `is required when service_name is none of ${providerNames.join(', ')}`,
      };
      return t.failures([...(isLeft(fields) ? fields.left : []), missing]);
    }
    if (isLeft(fields)) return fields;
    const provider = fields.right.provider ?? named;
    return provider === undefined
      ? t.failure(input, context, 'provider is required')
      : t.success({ ...fields.right, provider });
  },
  (describe) => describe(createFields),
);

export const createServiceBody: Codec<ServiceFields> = component(
  'ServiceCreate',
  mapped(withProvider, (body) => ({
    serviceName: body.service_name,
    serviceType: body.service_type,
    provider: body.provider,
    displayName: body.display_name ?? body.service_name,
    baseUrl: body.base_url ?? undefined,
    apiKey: body.api_key ?? undefined,
    credentials: body.credentials ?? undefined,
    config: body.config ?? {},
    isActive: body.is_active ?? true,
    limits: givenLimits(body),
    priority: body.priority ?? 0,
    fallbackServiceId: body.fallback_service_id ?? undefined,
    costPerCall: { micros: body.cost_per_call ?? 0, currency: body.cost_currency ?? DEFAULT_CURRENCY },
  })),
);

const givenLimits = (body: CreateFields): ServiceFields['limits'] => ({
  ...(typeof body.rate_limit_per_minute === 'number' ? { minute: body.rate_limit_per_minute } : {}),
  ...(typeof body.rate_limit_per_hour === 'number' ? { hour: body.rate_limit_per_hour } : {}),
  ...(typeof body.rate_limit_per_day === 'number' ? { day: body.rate_limit_per_day } : {}),
  ...(typeof body.rate_limit_per_month === 'number' ? { month: body.rate_limit_per_month } : {}),
});

const patchFields = strictObject(
  {},
  { service_name: serviceName, service_type: serviceType, ...settledFields, ...clearableFields },
);
type PatchFields = t.TypeOf<typeof patchFields>;

export const patchServiceBody: Codec<ServicePatch> = component(
  'ServicePatch',
  mapped(patchFields, (body) => patchOf(body)),
);

const patchOf = (body: PatchFields): ServicePatch => ({
  ...present('serviceName', body.service_name),
  ...present('serviceType', body.service_type),
  ...present('provider', body.provider),
  ...present('displayName', body.display_name),
  ...present('baseUrl', body.base_url),
  ...present('apiKey', body.api_key),
  ...present('credentials', body.credentials),
  ...present('config', body.config),
  ...present('isActive', body.is_active),
  ...present('priority', body.priority),
  ...present('fallbackServiceId', body.fallback_service_id),
  limits: {
    ...present('minute', body.rate_limit_per_minute),
    ...present('hour', body.rate_limit_per_hour),
    ...present('day', body.rate_limit_per_day),
    ...present('month', body.rate_limit_per_month),
  },
  costPerCall: {
    ...present('micros', body.cost_per_call === null ? 0 : body.cost_per_call),
    ...present('currency', body.cost_currency),
  },
});

const present = <K extends string, V>(
  name: K,
  value: V | undefined,
): { readonly [P in K]?: V } | undefined =>
  value === undefined ? undefined : ({ [name]: value } as { readonly [P in K]: V });
