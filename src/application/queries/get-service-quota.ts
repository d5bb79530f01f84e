import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { serviceSubject, tenantSubject, type TenantLimits } from '../provider-call/with-quota.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly limiter: RateLimiter;
  readonly tenantLimits: TenantLimits;
};

/** Where every window stands that a call to this service would be counted in, the tenant's own included. */
export const getServiceQuota =
  ({
    services,
    limiter,
    tenantLimits,
  }: Deps): Handler<{ readonly id: string }, readonly WindowState[], NotFound> =>
  async (ctx, { id }) => {
    const service = await services.byId(ctx.tenantId, id);
    if (service === undefined) return left(notFound('service'));
    const own = tenantLimits[service.serviceType];
    return right(
      await limiter.peek([
        serviceSubject(service),
        ...(own === undefined ? [] : [tenantSubject(service, own)]),
      ]),
    );
  };
