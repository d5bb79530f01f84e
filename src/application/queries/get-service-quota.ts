import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { callKinds } from '../../domain/provider/provider-access.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { accountSubjects, type AccountOf } from '../provider-call/quota/account-subjects.ts';
import { serviceSubject, tenantSubject, type TenantLimits } from '../provider-call/quota/own-quota.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly limiter: RateLimiter;
  readonly tenantLimits: TenantLimits;
  readonly accountOf: AccountOf;
};

/** The state of every window in which a call to this service would be counted, including the tenant's own. */
export const getServiceQuota =
  ({
    services,
    limiter,
    tenantLimits,
    accountOf,
  }: Deps): Handler<{ readonly id: string }, readonly WindowState[], NotFound> =>
  async (ctx, { id }) => {
    const service = await services.byId(ctx.tenantId, id);
    if (service === undefined) return left(notFound('service'));
    const own = tenantLimits[service.serviceType];
    const ofTenant = own === undefined ? [] : [tenantSubject(service, own)];
    const ofAccount = callKinds.flatMap((kind) => accountSubjects(service, accountOf(service), kind));
    // Two requests: one `peek` takes the subjects of one tenant only, and an account's subjects belong to a pseudo
    // tenant.
    const peeks = [[serviceSubject(service), ...ofTenant], ...(ofAccount.length > 0 ? [ofAccount] : [])];
    return right((await Promise.all(peeks.map((subjects) => limiter.peek(subjects)))).flat());
  };
