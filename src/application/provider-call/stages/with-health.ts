import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { failureOutcome, type HealthOutcome } from '../../../domain/external-service/health-rule.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { Operation } from '../operation.ts';
import { verdictOf } from './with-breaker.ts';

/**
 * Feeds the passive health monitor with every result that says something about the provider. Health is that of the
 * service's base address: an answer or a refusal at its routing address says nothing about its key for geocoding.
 */
export const withHealth =
  (observe: (service: ExternalService, outcome: HealthOutcome, reason: string) => void): ServiceStage =>
  <Req, Res>({ address, account }: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const result = await next(call, service);
    if (!isLeft(result)) {
      observe(service, address === 'base' ? 'answered' : 'reachable', 'answered');
    } else if (verdictOf(result.left, call, account) === 'failed') {
      const outcome = failureOutcome(result.left.kind);
      if (outcome === 'failed' || address === 'base') observe(service, outcome, result.left.kind);
    }
    return result;
  };
