import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { QuotaLimits, QuotaRefused, QuotaSubject } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Telemetry } from '../telemetry.ts';
import { withNewer } from './account-quota.ts';
import type { Call, ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';

/** The tenant's own limits per kind of service; a kind without an entry is not limited. */
export type TenantLimits = { readonly [T in ExternalService['serviceType']]?: QuotaLimits };

type Deps = {
  readonly limiter: RateLimiter;
  readonly tenantLimits: TenantLimits;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
};

export const serviceSubject = (service: ExternalService): QuotaSubject => ({
  tenantId: service.tenantId,
  subjectId: service.id,
  serviceName: service.serviceName,
  limits: service.limits,
});

export const tenantSubject = (
  service: Pick<ExternalService, 'tenantId' | 'serviceType'>,
  limits: QuotaLimits,
): QuotaSubject => ({
  tenantId: service.tenantId,
  subjectId: `tenant:${service.serviceType}`,
  serviceName: `tenant:${service.serviceType}`,
  limits,
});

/** All windows of the service, and once per call the tenant's own, in one atomic step: all or nothing. */
export const withQuota =
  (deps: Deps): ServiceStage =>
  <Req, Res>(_: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const subjects = [...tenantSubjects(deps.tenantLimits, call, service), serviceSubject(service)];
    const taken = await takenFor(deps, call, service, subjects);
    if (isLeft(taken)) return taken;
    call.ledger.tenantCharged = true;
    return next(call, service);
  };

/** The tenant's own windows alone: where several calls leave as one, which takes `serviceQuota` once for all. */
export const withTenantQuota =
  (deps: Deps): ServiceStage =>
  <Req, Res>(_: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const subjects = tenantSubjects(deps.tenantLimits, call, service);
    const taken = subjects.length === 0 ? right(undefined) : await takenFor(deps, call, service, subjects);
    if (isLeft(taken)) return taken;
    call.ledger.tenantCharged = true;
    return next(call, service);
  };

/** One request to the provider, whoever of its callers asks. */
export const serviceQuota =
  (deps: Deps) =>
  <Req>(call: Call<Req>, service: ExternalService): AsyncResult<ProviderError, undefined> =>
    takenFor(deps, call, service, [serviceSubject(service)]);

const tenantSubjects = <Req>(
  limits: TenantLimits,
  { ledger }: Call<Req>,
  service: ExternalService,
): readonly QuotaSubject[] => {
  const limit = limits[service.serviceType];
  return limit === undefined || ledger.tenantCharged ? [] : [tenantSubject(service, limit)];
};

const takenFor = async <Req>(
  { limiter, telemetry, clock }: Deps,
  call: Call<Req>,
  service: ExternalService,
  subjects: readonly QuotaSubject[],
): AsyncResult<ProviderError, undefined> => {
  const { ledger } = call;
  const started = clock.monotonic();
  const taken = await limiter.take(subjects, 1);
  ledger.timings.quota += clock.monotonic() - started;
  const windows = isLeft(taken) ? taken.left.windows : taken.right.windows;
  ledger.windows = withNewer(ledger.windows, windows);
  telemetry.rateLimitUtilization(service.provider, windows);
  return isLeft(taken) ? left(refused(call, service, taken.left, telemetry)) : right(undefined);
};

const refused = <Req>(
  { ledger }: Call<Req>,
  service: ExternalService,
  { by, retryAfterMs }: QuotaRefused,
  telemetry: Telemetry,
): ProviderError => {
  const scope = by.subjectId === service.id ? 'service' : 'tenant';
  const serviceName = scope === 'service' ? service.serviceName : by.subjectId;
  ledger.refusals.push({ serviceName, window: by });
  telemetry.rateLimitExceeded(service.provider);
  return {
    kind: 'quota-exceeded',
    scope,
    retryAfterMs,
    window: by,
    message: `${scope === 'service' ? `quota of ${service.serviceName}` : `the tenant's own limit`}: ${by.limit} per ${by.window} used up`,
  };
};
