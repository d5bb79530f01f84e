import type { JsonObject } from '../shared/json.ts';
import type { Money } from '../shared/money.ts';
import type { SealedSecret } from '../shared/secret-box.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { QuotaLimits } from '../rate-limit/quota.ts';

export const serviceTypes = ['geocoding', 'spreadsheet', 'webhook'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/**
 * `webhook` is not a provider that is called: such a service represents a sender, which webhooks refer to as their
 * source.
 */
export const providerNames = ['google_maps', 'yandex_maps', 'gazetteer', 'google_sheets', 'webhook'] as const;
export type ProviderName = (typeof providerNames)[number];

export const healthStatuses = ['unknown', 'healthy', 'degraded', 'unhealthy'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** A third-party service that one tenant may call. Aggregate root: changes go through the functions of this folder. */
export type ExternalService = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly serviceName: string;
  readonly serviceType: ServiceType;
  readonly provider: ProviderName;
  readonly displayName: string;
  /** Origin and path prefix of the provider; undefined for the adapter's default or for an in-process provider. */
  readonly baseUrl: string | undefined;
  readonly apiKey: SealedSecret | undefined;
  readonly credentials: SealedSecret | undefined;
  readonly config: JsonObject;
  readonly isActive: boolean;
  readonly healthStatus: HealthStatus;
  /** Epoch milliseconds. */
  readonly lastHealthCheck: number | undefined;
  /** The version at which the provider last refused the key, or further calls; see health-rule.ts. */
  readonly refusedVersion?: number;
  readonly limits: QuotaLimits;
  /** Services with a higher priority are asked first. */
  readonly priority: number;
  /** Asked next when this one fails, before the others by priority. */
  readonly fallbackServiceId: string | undefined;
  readonly costPerCall: Money;
  /** Incremented with each change; the ETag of the resource. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};
