import type {
  ExternalService,
  HealthStatus,
  ProviderName,
  ServiceType,
} from '../../../domain/external-service/external-service.ts';
import type { SealedSecret } from '../../../domain/shared/secret-box.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { QuotaLimits, WindowType } from '../../../domain/rate-limit/quota.ts';
import type { Tables } from '../orm/records.ts';

/** A row of `external_services` as `pg` reads it. */
export type ServiceRow = Tables['external_services'];

/**
 * Type and health are guaranteed by checks of the table, the provider by its check at registration: not decoded again.
 */
export const serviceFromRow = (row: ServiceRow): ExternalService => ({
  id: row.id,
  tenantId: row.management_company_id as TenantId,
  serviceName: row.service_name,
  serviceType: row.service_type as ServiceType,
  provider: row.provider as ProviderName,
  displayName: row.display_name,
  baseUrl: row.base_url ?? undefined,
  apiKey: secretOf(row.api_key, row.api_key_hint),
  credentials: secretOf(row.credentials, null),
  config: row.config,
  isActive: row.is_active,
  healthStatus: row.health_status as HealthStatus,
  lastHealthCheck: row.last_health_check?.getTime(),
  ...(row.refused_version !== null && { refusedVersion: row.refused_version }),
  limits: limitsOf({
    minute: row.rate_limit_per_minute,
    hour: row.rate_limit_per_hour,
    day: row.rate_limit_per_day,
    month: row.rate_limit_per_month,
  }),
  priority: row.priority,
  fallbackServiceId: row.fallback_service_id ?? undefined,
  costPerCall: { micros: Number(row.cost_per_call_micros), currency: row.cost_currency },
  version: row.version,
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
});

export const rowFromService = (service: ExternalService): ServiceRow => ({
  id: service.id,
  management_company_id: service.tenantId,
  health_status: service.healthStatus,
  last_health_check: service.lastHealthCheck === undefined ? null : new Date(service.lastHealthCheck),
  refused_version: service.refusedVersion ?? null,
  created_at: new Date(service.createdAt),
  ...administeredColumns(service),
});

/**
 * The columns that an administrator can change. `pg` converts only objects to JSON, so the text of the credentials is
 * passed as JSON.
 */
export const administeredColumns = (service: ExternalService) => ({
  service_name: service.serviceName,
  service_type: service.serviceType,
  provider: service.provider,
  display_name: service.displayName,
  base_url: service.baseUrl ?? null,
  api_key: service.apiKey?.envelope ?? null,
  api_key_hint: service.apiKey?.hint ?? null,
  credentials: service.credentials === undefined ? null : JSON.stringify(service.credentials.envelope),
  config: service.config,
  is_active: service.isActive,
  rate_limit_per_minute: service.limits.minute ?? null,
  rate_limit_per_hour: service.limits.hour ?? null,
  rate_limit_per_day: service.limits.day ?? null,
  rate_limit_per_month: service.limits.month ?? null,
  cost_per_call_micros: String(service.costPerCall.micros),
  cost_currency: service.costPerCall.currency,
  priority: service.priority,
  fallback_service_id: service.fallbackServiceId ?? null,
  version: service.version,
  updated_at: new Date(service.updatedAt),
});

const secretOf = (envelope: string | null, hint: string | null): SealedSecret | undefined =>
  envelope === null ? undefined : { envelope, hint: hint ?? '' };

const limitsOf = (columns: { readonly [W in WindowType]: number | null }): QuotaLimits =>
  Object.fromEntries(Object.entries(columns).filter(([, limit]) => limit !== null)) as QuotaLimits;
