import { serviceDraftProblems, type ServiceFields } from '../../domain/external-service/service-fields.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { fallbackProblem } from '../../domain/external-service/fallback-chain.ts';
import type { OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Handler } from '../handler.ts';
import { invalidInput, type InvalidInput } from '../input-problem.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { outboundUrlProblems } from './outbound-urls.ts';
import { sealed } from './seal-service-secrets.ts';

export type RegisterService = { readonly fields: ServiceFields };
export type NameTaken = { readonly kind: 'name-taken'; readonly serviceName: string };
export type RegisterServiceFailure = InvalidInput | NameTaken;

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly secretBox: SecretBox;
  readonly outboundPolicy: OutboundPolicy;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Called after the commit: snapshots of the tenant's services are out of date. */
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
};

/** Adds a third party that the tenant may call, and tells the bus. */
export const registerService = (
  deps: Deps,
): Handler<RegisterService, ExternalService, RegisterServiceFailure> => {
  const { unitOfWork, outboundPolicy, clock, ids } = deps;
  return async (ctx, { fields }) => {
    const problems = [
      ...serviceDraftProblems(fields),
      ...(await outboundUrlProblems(outboundPolicy, fields)),
    ];
    if (problems.length > 0) return left(invalidInput(...problems));

    const now = clock.now();
    const id = ids.uuid();
    const { apiKey, credentials, ...plain } = fields;
    const service: ExternalService = {
      ...plain,
      ...sealed(deps.secretBox, { tenantId: ctx.tenantId, id }, { apiKey, credentials }),
      id,
      tenantId: ctx.tenantId,
      healthStatus: 'unknown',
      lastHealthCheck: undefined,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    const outcome = await unitOfWork.run<RegisterServiceFailure, ExternalService>(ctx, async (tx) => {
      const broken = fallbackProblem(service, await tx.services.all());
      if (broken !== undefined)
        return left(invalidInput({ pointer: '/fallback_service_id', detail: broken }));
      if ((await tx.services.add(service)) === 'name-taken')
        return left({ kind: 'name-taken', serviceName: service.serviceName });
      tx.events.add({
        id: ids.uuid(),
        type: 'integration.service.registered',
        tenantId: ctx.tenantId,
        subject: service.id,
        time: now,
        correlationId: ctx.correlationId,
        data: {
          service_id: service.id,
          service_name: service.serviceName,
          service_type: service.serviceType,
          priority: service.priority,
        },
      });
      return right(service);
    });
    deps.servicesChanged(ctx.tenantId);
    return outcome;
  };
};
