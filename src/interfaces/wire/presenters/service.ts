import * as t from 'io-ts';
import type { ProbeResult } from '../../../application/health/health-monitor.ts';
import {
  healthStatuses,
  providerNames,
  serviceTypes,
  type ExternalService,
} from '../../../domain/external-service/external-service.ts';
import type { WindowState } from '../../../domain/rate-limit/quota.ts';
import { formatMicros } from '../../../domain/shared/money.ts';
import { component, described, leaf, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { right } from '../../../domain/shared/fp.ts';
import { oneOf } from '../codecs/values.ts';
import { windowFields, windowFieldsOf } from './quota-window.ts';
import {
  integerAnswer,
  textOrNull,
  timeAnswer,
  timeAnswerOrNull,
  timeOrNull,
  timeText,
  uuidAnswer,
  uuidOrNull,
} from './times-and-money.ts';

const limitAnswer = described(
  'Maximum number of calls in any such window (a month is 31 days); null: no limit.',
  nullable(integerAnswer),
);

/** A service in answers: sealed secrets are not included, not even sealed. */
export const serviceAnswer = component(
  'Service',
  answerObject(
    {
      id: described('Assigned at registration.', uuidAnswer),
      management_company_id: described('The tenant.', t.string),
      service_name: described('Name of the service in calls, trail and metrics.', t.string),
      service_type: described('What the service is used for.', oneOf(serviceTypes)),
      provider: described('The adapter that is used to call it.', oneOf(providerNames)),
      display_name: described('Human-readable name.', t.string),
      base_url: described("Origin and path prefix; null: the provider's own.", textOrNull),
      config: leaf<unknown>({ type: 'object', description: 'Further settings of the provider.' }, right),
      is_active: described('Whether calls may use it.', t.boolean),
      health_status: described(
        'Health as determined by calls and probes; `unknown` until the first of them.',
        oneOf(healthStatuses),
      ),
      last_health_check: described(
        'Time of its last probe or change of health; null: none yet.',
        timeAnswerOrNull,
      ),
      rate_limit_per_minute: limitAnswer,
      rate_limit_per_hour: limitAnswer,
      rate_limit_per_day: limitAnswer,
      rate_limit_per_month: limitAnswer,
      priority: described('Services with a higher priority are asked first.', integerAnswer),
      fallback_service_id: described(
        'The service to ask next if this one fails, before the others by priority; null: none.',
        uuidOrNull,
      ),
      cost_per_call: described('Price of one call, as a decimal number.', t.string),
      cost_currency: described('ISO 4217 currency code.', t.string),
      api_key_hint: described(
        'Last 4 characters of the key; empty if the key is too short for a hint; null without a key.',
        textOrNull,
      ),
      has_credentials: described('Whether a credentials document is stored.', t.boolean),
      created_at: described('When it was registered.', timeAnswer),
      updated_at: described('When an administrator last changed it.', timeAnswer),
    },
    {},
  ),
);

export const serviceOf = (service: ExternalService): t.TypeOf<typeof serviceAnswer> => ({
  id: service.id,
  management_company_id: service.tenantId,
  service_name: service.serviceName,
  service_type: service.serviceType,
  provider: service.provider,
  display_name: service.displayName,
  base_url: service.baseUrl ?? null,
  config: service.config,
  is_active: service.isActive,
  health_status: service.healthStatus,
  last_health_check: timeOrNull(service.lastHealthCheck),
  rate_limit_per_minute: service.limits.minute ?? null,
  rate_limit_per_hour: service.limits.hour ?? null,
  rate_limit_per_day: service.limits.day ?? null,
  rate_limit_per_month: service.limits.month ?? null,
  priority: service.priority,
  fallback_service_id: service.fallbackServiceId ?? null,
  cost_per_call: formatMicros(service.costPerCall.micros),
  cost_currency: service.costPerCall.currency,
  api_key_hint: service.apiKey?.hint ?? null,
  has_credentials: service.credentials !== undefined,
  created_at: timeText(service.createdAt),
  updated_at: timeText(service.updatedAt),
});

const probeErrorAnswer = answerObject(
  {
    code: described('The same values as `outcome` of an attempt.', t.string),
    detail: described('Human-readable; never contains a key.', t.string),
  },
  {},
);

export const probeAnswer = component(
  'HealthCheck',
  answerObject(
    {
      service_id: described('The service that was asked.', uuidAnswer),
      reachable: described('Whether it answered.', t.boolean),
      health_status: described('Its health, taking this result into account.', oneOf(healthStatuses)),
      checked_at: described('When it was probed.', timeAnswer),
      duration_ms: described('Milliseconds that its answer took.', integerAnswer),
      error: described('Why it did not answer; null if it did.', nullable(probeErrorAnswer)),
    },
    {},
  ),
);

export const probeOf = (probe: ProbeResult): t.TypeOf<typeof probeAnswer> => ({
  service_id: probe.serviceId,
  reachable: probe.reachable,
  health_status: probe.healthStatus,
  checked_at: timeText(probe.checkedAt),
  duration_ms: Math.round(probe.durationMs),
  error: probe.error === undefined ? null : { code: probe.error.kind, detail: probe.error.message },
});

export const quotaAnswer = component(
  'QuotaWindow',
  answerObject(
    {
      scope: described(
        'Whether the window belongs to the service, to the tenant for this kind of call, or to the account or project at the provider, shared by all who use it.',
        oneOf(['service', 'tenant', 'account', 'project']),
      ),
      calls: described('Which calls are counted.', oneOf(['all', 'reads', 'writes'])),
      ...windowFields,
    },
    {},
  ),
);

/** `account:<whose>:<reads or writes>`, or the same of a project. */
const OF_ACCOUNT = /^(account|project):.+:(reads|writes)$/;

const ownerOf = (
  subjectId: string,
  serviceId: string,
): Pick<t.TypeOf<typeof quotaAnswer>, 'scope' | 'calls'> => {
  const [, scope, calls] = OF_ACCOUNT.exec(subjectId) ?? [];
  if (scope === 'account' || scope === 'project')
    return { scope, calls: calls === 'reads' ? 'reads' : 'writes' };
  return { scope: subjectId === serviceId ? 'service' : 'tenant', calls: 'all' };
};

export const quotaOf =
  (serviceId: string) =>
  (window: WindowState): t.TypeOf<typeof quotaAnswer> => ({
    ...ownerOf(window.subjectId, serviceId),
    ...windowFieldsOf(window),
  });
