import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { QuotaLimits, QuotaRefused, QuotaSubject, WindowState } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Call } from './call.ts';

/** The tenant's own limits per kind of service; a kind without an entry is not limited. */
export type TenantLimits = { readonly [T in ExternalService['serviceType']]?: QuotaLimits };

type Deps = {
  readonly limiter: RateLimiter;
  readonly tenantLimits: TenantLimits;
  readonly telemetry: Pick<Telemetry, 'rateLimitExceeded' | 'rateLimitUtilization'>;
  readonly clock: Clock;
};

type Take = <Req>(call: Call<Req>, service: ExternalService) => AsyncResult<ProviderError, void>;

/** The limits that a tenant has, and those of its services. The tenant's is taken once per call, however often it is tried. */
export type OwnQuota = {
  /** One call, in one atomic step: all windows of the service and the tenant's own, or none of them. */
  readonly ofCall: Take;
  /** The tenant's own alone, for one of several callers whose requests leave as one. */
  readonly ofCaller: Take;
  /** The service's alone, for one more request on behalf of callers who are counted already. */
  readonly ofRequest: Take;
};

export const ownQuota = (deps: Deps): OwnQuota => {
  const take = async <Req>(
    call: Call<Req>,
    service: ExternalService,
    subjects: readonly QuotaSubject[],
  ): AsyncResult<ProviderError, void> => {
    const taken = subjects.length === 0 ? right(undefined) : await takenFor(deps, call, service, subjects);
    if (!isLeft(taken)) call.ledger.tenantCharged = true;
    return taken;
  };
  const ofTenant = <Req>(call: Call<Req>, service: ExternalService): readonly QuotaSubject[] =>
    tenantSubjects(deps.tenantLimits, call, service);
  return {
    ofCall: (call, service) => take(call, service, [...ofTenant(call, service), serviceSubject(service)]),
    ofCaller: (call, service) => take(call, service, ofTenant(call, service)),
    ofRequest: (call, service) => takenFor(deps, call, service, [serviceSubject(service)]),
  };
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
): AsyncResult<ProviderError, void> => {
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
  telemetry: Deps['telemetry'],
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

/** After a fallback or a second try the answer tells of each window as it stood last. */
export const withNewer = (
  known: readonly WindowState[],
  newer: readonly WindowState[],
): readonly WindowState[] => [
  ...known.filter(
    (one) => !newer.some((two) => two.subjectId === one.subjectId && two.window === one.window),
  ),
  ...newer,
];
