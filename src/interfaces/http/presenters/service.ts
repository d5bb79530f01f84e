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
import { component, leaf, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { right } from '../../../domain/shared/fp.ts';
import { oneOf } from '../codecs/values.ts';
import { windowFields } from './problem-answer.ts';
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

const limitAnswer = nullable(integerAnswer);

/** A service as it is told: what is sealed never leaves, not even sealed. */
export const serviceAnswer = component(
  'Service',
  answerObject(
    {
      id: uuidAnswer,
      management_company_id: t.string,
      service_name: t.string,
      service_type: oneOf(serviceTypes),
      provider: oneOf(providerNames),
      display_name: t.string,
      base_url: noted({ description: "null: the provider's own." }, textOrNull),
      config: leaf<unknown>({ type: 'object' }, right),
      is_active: t.boolean,
      health_status: oneOf(healthStatuses),
      last_health_check: timeAnswerOrNull,
      rate_limit_per_minute: limitAnswer,
      rate_limit_per_hour: limitAnswer,
      rate_limit_per_day: limitAnswer,
      rate_limit_per_month: limitAnswer,
      priority: integerAnswer,
      fallback_service_id: uuidOrNull,
      cost_per_call: t.string,
      cost_currency: t.string,
      api_key_hint: noted(
        { description: 'Last 4 characters; empty when the key is too short for a hint; null without a key.' },
        textOrNull,
      ),
      has_credentials: t.boolean,
      created_at: timeAnswer,
      updated_at: timeAnswer,
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

export const probeAnswer = component(
  'HealthCheck',
  answerObject(
    {
      service_id: uuidAnswer,
      reachable: t.boolean,
      health_status: oneOf(healthStatuses),
      checked_at: timeAnswer,
      duration_ms: integerAnswer,
      error: nullable(answerObject({ code: t.string, detail: t.string }, {})),
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
      scope: noted(
        {
          description:
            "The service's own window, the tenant's for the kind, or one of the account or project at the provider, shared by all who use it.",
        },
        oneOf(['service', 'tenant', 'account', 'project']),
      ),
      calls: noted({ description: 'Which calls are counted.' }, oneOf(['all', 'reads', 'writes'])),
      ...windowFields,
    },
    {},
  ),
);

/** `account:<whose>:<reads or writes>`, or of a project. */
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
    window_type: window.window,
    limit: window.limit,
    used: window.used,
    remaining: window.remaining,
    resets_at: timeText(window.resetsAt),
  });
