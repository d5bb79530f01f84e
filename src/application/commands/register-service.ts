import { serviceDraftProblems, type ServiceFields } from '../../domain/external-service/service-fields.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { invalidInput, type InputProblem, type InvalidInput } from '../input-problem.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import { tenantFull, type TenantFull } from '../tenant-full.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { outboundUrlProblems } from './outbound-urls.ts';
import { sealed } from './seal-service-secrets.ts';
import { serviceProblems } from './service-problems.ts';

export type RegisterService = {
  readonly fields: ServiceFields;
  /**
   * Problems found while decoding. If there are any, nothing is stored, and all further problems are reported with
   * them.
   */
  readonly wrong?: readonly InputProblem[];
};
export type NameTaken = { readonly kind: 'name-taken'; readonly serviceName: string };
export type RegisterServiceFailure = InvalidInput | NameTaken | TenantFull;

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly secretBox: SecretBox;
  readonly outboundPolicy: OutboundPolicy;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly mostPerTenant: number;
  /** Called after the commit, to invalidate snapshots of the tenant's services. */
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
};

/** Registers a third-party service for the tenant and publishes an event about it. */
export const registerService =
  (deps: Deps): TransactionalHandler<RegisterService, ExternalService, RegisterServiceFailure> =>
  async (ctx, { fields, wrong = [] }, once) => {
    const { unitOfWork, outboundPolicy, clock, ids } = deps;
    const id = ids.uuid();
    const found = [...serviceDraftProblems(fields), ...(await outboundUrlProblems(outboundPolicy, fields))];
    const byItself = serviceProblems({ id, fields, wrong, found }, []);
    // Without a fallback reference nothing in the database could add to these problems, so they are reported even
    // while the database is unavailable.
    if (byItself.length > 0 && fields.fallbackServiceId === undefined) return left(invalidInput(...byItself));
    const outcome = await onceInTransaction<RegisterServiceFailure, ExternalService>(
      unitOfWork,
      ctx,
      once,
      async (tx) => {
        const count = await tx.services.count();
        const stored = await tx.services.all();
        const problems = serviceProblems({ id, fields, wrong, found }, stored);
        if (problems.length > 0) return left(invalidInput(...problems));
        const full = tenantFull('services', count, deps.mostPerTenant);
        if (full !== undefined) return left(full);
        const service = newService(deps.secretBox, ctx.tenantId, id, fields, clock.now());
        if ((await tx.services.add(service)) === 'name-taken')
          return left({ kind: 'name-taken', serviceName: service.serviceName });
        tx.events.add(registered(service, ids.uuid(), ctx.correlationId));
        return right(service);
      },
    );
    deps.servicesChanged(ctx.tenantId);
    return outcome;
  };

const newService = (
  box: SecretBox,
  tenantId: TenantId,
  id: string,
  { apiKey, credentials, ...plain }: ServiceFields,
  now: number,
): ExternalService => ({
  ...plain,
  ...sealed(box, { tenantId, id }, { apiKey, credentials }),
  id,
  tenantId,
  healthStatus: 'unknown',
  lastHealthCheck: undefined,
  version: 1,
  createdAt: now,
  updatedAt: now,
});

const registered = (service: ExternalService, id: string, correlationId: string): IntegrationEvent => ({
  id,
  type: 'integration.service.registered',
  tenantId: service.tenantId,
  subject: service.id,
  time: service.createdAt,
  correlationId,
  data: {
    service_id: service.id,
    service_name: service.serviceName,
    service_type: service.serviceType,
    priority: service.priority,
  },
});
