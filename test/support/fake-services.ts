import type { Application } from '../../src/application/application.ts';
import { probeServiceOnce } from '../../src/application/commands/probe-once.ts';
import { invalidInput, together } from '../../src/application/input-problem.ts';
import { notFound } from '../../src/application/not-found.ts';
import { isExpected } from '../../src/application/version-changed.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import { serviceDraftProblems } from '../../src/domain/external-service/service-fields.ts';
import type { Clock, IdSource } from '../../src/domain/shared/clock.ts';
import { left, right } from '../../src/domain/shared/fp.ts';
import type { TenantContext } from '../../src/domain/shared/tenant-context.ts';
import { aWindow } from './a-call-report.ts';
import type { FakeOnce } from './fake-once.ts';
import type { memoryOnce } from './memory-once.ts';
import { pageOfNewest } from './page-of-newest.ts';

type ServiceQueries = Pick<
  Application['queries'],
  'getService' | 'wrongInServicePatch' | 'listServices' | 'getServiceQuota'
>;
type ServiceCommands = Pick<
  Application['commands'],
  'registerService' | 'changeService' | 'removeService' | 'probeService'
>;

export type FakeServices = {
  readonly services: Map<string, ExternalService>;
  readonly serviceOf: (ctx: TenantContext, id: string) => ExternalService | undefined;
};

export const fakeServices = (): FakeServices => {
  const services = new Map<string, ExternalService>();
  return {
    services,
    serviceOf: (ctx, id) => {
      const service = services.get(id);
      return service?.tenantId === ctx.tenantId ? service : undefined;
    },
  };
};

export const fakeServiceQueries = ({ services, serviceOf }: FakeServices): ServiceQueries => ({
  getService: async (ctx, { id }) => {
    const service = serviceOf(ctx, id);
    return service === undefined ? left(notFound('service')) : right(service);
  },
  wrongInServicePatch: async (_ctx, { wrong = [] }) => wrong,
  listServices: async (ctx, { filter, page }) => {
    const own = [...services.values()].filter(
      (service) =>
        service.tenantId === ctx.tenantId &&
        (filter.serviceType ?? service.serviceType) === service.serviceType &&
        (filter.isActive ?? service.isActive) === service.isActive &&
        (filter.healthStatus ?? service.healthStatus) === service.healthStatus,
    );
    return right(pageOfNewest(own.toReversed(), page));
  },
  getServiceQuota: async (ctx, { id }) =>
    serviceOf(ctx, id) === undefined
      ? left(notFound('service'))
      : right([aWindow({ subjectId: id }), aWindow({ subjectId: 'tenant:geocoding', limit: 50 })]),
});

type Deps = {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly once: FakeOnce['once'];
  readonly leased: ReturnType<typeof memoryOnce>;
};

/** Applies the rules of a single service; of the rules that involve other services, only that its name must be free. */
export const fakeServiceCommands = (
  { services, serviceOf }: FakeServices,
  { clock, ids, once, leased }: Deps,
): ServiceCommands => ({
  registerService: once(async (ctx, { fields, wrong = [] }) => {
    const problems = together(wrong, serviceDraftProblems(fields));
    if (problems.length > 0) return left(invalidInput(...problems));
    if ([...services.values()].some(({ serviceName }) => serviceName === fields.serviceName))
      return left({ kind: 'name-taken', serviceName: fields.serviceName });
    const { apiKey, credentials, ...plain } = fields;
    const service: ExternalService = {
      ...plain,
      apiKey: apiKey === undefined ? undefined : { envelope: 'sealed', hint: apiKey.slice(-4) },
      credentials: credentials === undefined ? undefined : { envelope: 'sealed', hint: '' },
      id: ids.uuid(),
      tenantId: ctx.tenantId,
      healthStatus: 'unknown',
      lastHealthCheck: undefined,
      version: 1,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    };
    services.set(service.id, service);
    return right(service);
  }),
  changeService: once(async (ctx, { id, expectedVersion, patch, wrong = [] }) => {
    const current = serviceOf(ctx, id);
    if (current === undefined) return left(notFound('service'));
    if (wrong.length > 0) return left(invalidInput(...wrong));
    if (!isExpected(current, expectedVersion))
      return left({ kind: 'version-changed', currentVersion: current.version });
    const next: ExternalService = {
      ...current,
      displayName: patch.displayName ?? current.displayName,
      isActive: patch.isActive ?? current.isActive,
      baseUrl: patch.baseUrl === null ? undefined : (patch.baseUrl ?? current.baseUrl),
      apiKey:
        patch.apiKey === null
          ? undefined
          : patch.apiKey === undefined
            ? current.apiKey
            : { envelope: 'sealed', hint: patch.apiKey.slice(-4) },
      limits: Object.fromEntries(
        Object.entries({ ...current.limits, ...patch.limits }).filter(([, value]) => value !== null),
      ),
      costPerCall: { ...current.costPerCall, ...patch.costPerCall },
      version: current.version + 1,
    };
    services.set(id, next);
    return right(next);
  }),
  removeService: once(async (ctx, { id }) => {
    if (serviceOf(ctx, id) === undefined) return left(notFound('service'));
    if ([...services.values()].some(({ fallbackServiceId }) => fallbackServiceId === id))
      return left({ kind: 'referenced' });
    services.delete(id);
    return right(undefined);
  }),
  probeService: leased(probeServiceOnce, async (ctx, { id }) =>
    serviceOf(ctx, id) === undefined
      ? left(notFound('service'))
      : right({
          serviceId: id,
          reachable: false,
          healthStatus: 'degraded',
          checkedAt: clock.now(),
          durationMs: 12.4,
          error: { kind: 'provider-timeout', message: 'no answer within 5000 ms' },
        }),
  ),
});
