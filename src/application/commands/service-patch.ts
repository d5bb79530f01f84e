import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ServiceFields } from '../../domain/external-service/service-fields.ts';
import { mergePatch } from '../../domain/shared/merge-patch.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import { sealed } from './seal-service-secrets.ts';

/**
 * JSON merge patch (RFC 7396), also inside `config`: a missing field stays, `null` clears it where that makes sense.
 */
export type ServicePatch = {
  readonly [K in keyof Omit<ServiceFields, 'limits' | 'costPerCall'>]?: ServiceFields[K] | null;
} & {
  readonly limits?: { readonly [W in keyof ServiceFields['limits']]?: number | null };
  /** Amount and currency may be changed separately. */
  readonly costPerCall?: Partial<ServiceFields['costPerCall']> | null;
};

const kept = <T>(change: T | null | undefined, current: T | undefined): T | undefined =>
  change === undefined ? current : (change ?? undefined);

/**
 * The fields as they will be after the patch. Of the secrets only new ones are included, to be validated and sealed.
 */
export const patchedFields = (current: ExternalService, patch: ServicePatch): ServiceFields => ({
  serviceName: patch.serviceName ?? current.serviceName,
  serviceType: patch.serviceType ?? current.serviceType,
  provider: patch.provider ?? current.provider,
  displayName: patch.displayName ?? current.displayName,
  baseUrl: kept(patch.baseUrl, current.baseUrl),
  apiKey: patch.apiKey ?? undefined,
  credentials: patch.credentials ?? undefined,
  config: patch.config === null ? {} : mergePatch(current.config, patch.config ?? {}),
  isActive: patch.isActive ?? current.isActive,
  limits: patchedLimits(current.limits, patch.limits ?? {}),
  priority: patch.priority ?? current.priority,
  fallbackServiceId: kept(patch.fallbackServiceId, current.fallbackServiceId),
  costPerCall: { ...current.costPerCall, ...patch.costPerCall },
});

const patchedLimits = (
  current: ServiceFields['limits'],
  change: NonNullable<ServicePatch['limits']>,
): ServiceFields['limits'] =>
  Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(([, limit]) => typeof limit === 'number'),
  );

/** An address that the patch clears with null needs no check. */
export const addressesPut = ({ baseUrl, config }: ServicePatch) => ({
  baseUrl,
  config: mergePatch(undefined, config ?? {}),
});

/** The next version of the service with these fields, new secrets sealed. */
export const patchedService = (
  current: ExternalService,
  { apiKey, credentials, ...plain }: ServiceFields,
  patch: ServicePatch,
  box: SecretBox,
  now: number,
): ExternalService => {
  const fresh = sealed(box, current, { apiKey, credentials });
  return {
    ...current,
    ...plain,
    apiKey: patch.apiKey === null ? undefined : (fresh.apiKey ?? current.apiKey),
    credentials: patch.credentials === null ? undefined : (fresh.credentials ?? current.credentials),
    version: current.version + 1,
    updatedAt: now,
  };
};
