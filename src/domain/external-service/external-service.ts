import type { JsonObject } from '../shared/json.ts';
import type { Money } from '../shared/money.ts';
import type { SealedSecret } from '../shared/secret-box.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { QuotaLimits } from '../rate-limit/quota.ts';

export const serviceTypes = ['geocoding', 'spreadsheet', 'webhook'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/** `webhook` is asked for nothing: a service of it is a sender, whom webhooks name as their source. */
export const providerNames = ['google_maps', 'yandex_maps', 'gazetteer', 'google_sheets', 'webhook'] as const;
export type ProviderName = (typeof providerNames)[number];

export const healthStatuses = ['unknown', 'healthy', 'degraded', 'unhealthy'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** A third party that one tenant may call: aggregate root. Changes go through the functions of this folder. */
export type ExternalService = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly serviceName: string;
  readonly serviceType: ServiceType;
  readonly provider: ProviderName;
  readonly displayName: string;
  /** Origin and path prefix of the provider; undefined for the adapter's default or an in-process provider. */
  readonly baseUrl: string | undefined;
  readonly apiKey: SealedSecret | undefined;
  readonly credentials: SealedSecret | undefined;
  readonly config: JsonObject;
  readonly isActive: boolean;
  readonly healthStatus: HealthStatus;
  /** Epoch milliseconds. */
  readonly lastHealthCheck: number | undefined;
  /** The version at which the provider last refused its key, or more calls; see health-rule.ts. */
  readonly refusedVersion?: number;
  readonly limits: QuotaLimits;
  /** Higher is asked first. */
  readonly priority: number;
  /** Asked next when this one fails, before the rest by priority. */
  readonly fallbackServiceId: string | undefined;
  readonly costPerCall: Money;
  /** Grows by one with each change; the ETag of the resource. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};
