import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type {
  QuotaLimits,
  QuotaRefused,
  QuotaSubject,
  WindowState,
} from '../../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, map, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { Call } from '../call.ts';
import type { Paid } from '../leave.ts';

/** The tenant's own limits per service type; a type without an entry is not limited. */
export type TenantLimits = { readonly [T in ExternalService['serviceType']]?: QuotaLimits };

type Deps = {
  readonly limiter: RateLimiter;
  readonly tenantLimits: TenantLimits;
  readonly telemetry: Pick<Telemetry, 'rateLimitExceeded' | 'rateLimitUtilization'>;
  readonly clock: Clock;
};

type Take<A> = <Req>(call: Call<Req>, service: ExternalService) => AsyncResult<ProviderError, A>;

/**
 * Charges the tenant's own limit and the windows of its services. The tenant's limit is charged once per call,
 * however often the call is retried.
 */
export type OwnQuota = {
  /** Atomic: all windows of the service and of the tenant, or none. */
  readonly chargeCall: Take<void>;
  /** The same, with a receipt through which the caller reports that the call is over. */
  readonly chargeCallWithReceipt: Take<Paid>;
  /** The tenant's own limit only, for one of several callers whose rows leave in one request. */
  readonly chargeTenant: Take<void>;
  /** The service's windows only, for a request on behalf of callers that are counted already. */
  readonly chargeService: Take<void>;
};

export const ownQuota = (deps: Deps): OwnQuota => {
  const take = async <Req>(
    call: Call<Req>,
    service: ExternalService,
    subjects: readonly QuotaSubject[],
  ): AsyncResult<ProviderError, Paid> => {
    const taken = subjects.length === 0 ? right(NOTHING) : await takenFor(deps, call, service, subjects);
    if (!isLeft(taken)) call.ledger.tenantCharged = true;
    return taken;
  };
  const ofTenant = <Req>(call: Call<Req>, service: ExternalService): readonly QuotaSubject[] =>
    tenantSubjects(deps.tenantLimits, call, service);
  const chargeCallWithReceipt: Take<Paid> = (call, service) =>
    take(call, service, [...ofTenant(call, service), serviceSubject(service)]);
  return {
    chargeCall: async (call, service) => asVoid(await chargeCallWithReceipt(call, service)),
    chargeCallWithReceipt,
    chargeTenant: async (call, service) => asVoid(await take(call, service, ofTenant(call, service))),
    chargeService: async (call, service) =>
      asVoid(await takenFor(deps, call, service, [serviceSubject(service)])),
  };
};

const NOTHING: Paid = { isOver: () => undefined };
const asVoid = map((): void => undefined);

/**
 * The provider counts a call on arrival, we count it on grant. If one call is delayed on its way and another follows a
 * minute later, the provider sees one too many. Each call therefore counts as if it arrived this many milliseconds
 * later, and only one that took longer is reported to the limiter (ADR 30). Costs 0.4 % of a minute's quota.
 */
const ARRIVAL_MS = 250;

export const serviceSubject = (service: ExternalService): QuotaSubject => ({
  tenantId: service.tenantId,
  subjectId: service.id,
  serviceName: service.serviceName,
  limits: service.limits,
  arrivalMs: ARRIVAL_MS,
});

const TENANTS = 'tenant:';

export const isOfTenant = ({ subjectId }: Pick<WindowState, 'subjectId'>): boolean =>
  subjectId.startsWith(TENANTS);

export const tenantSubject = (
  service: Pick<ExternalService, 'tenantId' | 'serviceType'>,
  limits: QuotaLimits,
): QuotaSubject => ({
  tenantId: service.tenantId,
  subjectId: `${TENANTS}${service.serviceType}`,
  serviceName: `${TENANTS}${service.serviceType}`,
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
): AsyncResult<ProviderError, Paid> => {
  const { ledger } = call;
  const started = clock.monotonic();
  const taken = await limiter.take(subjects, 1);
  ledger.timings.quota += clock.monotonic() - started;
  const windows = isLeft(taken) ? taken.left.windows : taken.right.windows;
  ledger.windows = withNewer(ledger.windows, windows);
  telemetry.rateLimitUtilization(service.provider, windows);
  if (isLeft(taken)) return left(refused(call, service, taken.left, telemetry));
  // Measured from before the grant, so that no late call is missed.
  return right({
    isOver: () => clock.monotonic() - started > ARRIVAL_MS && limiter.arrivedLate(taken.right),
  });
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

/** Makes a payment idempotent: a call that lost its place to another replica is called up, and asked to pay, again. */
export const paidOnce = <E>(
  pay: () => AsyncResult<E, Paid>,
): Paid & { readonly pay: () => AsyncResult<E, void> } => {
  let paid: Paid | undefined;
  return {
    pay: async () => {
      if (paid !== undefined) return right(undefined);
      const taken = await pay();
      if (isLeft(taken)) return taken;
      paid = taken.right;
      return right(undefined);
    },
    isOver: () => paid?.isOver(),
  };
};

/**
 * Replaces windows by their newer state: after a fallback or retry the answer shows the latest state of each window.
 */
export const withNewer = (
  known: readonly WindowState[],
  newer: readonly WindowState[],
): readonly WindowState[] => [
  ...known.filter(
    (one) => !newer.some((two) => two.subjectId === one.subjectId && two.window === one.window),
  ),
  ...newer,
];
