import { isLeft } from '../../../domain/shared/fp.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { SecretsOf } from '../opened-secrets.ts';
import type { Operation } from '../operation.ts';

type Deps = { readonly secretsOf: SecretsOf; readonly telemetry: Pick<Telemetry, 'providerCalled'> };

/**
 * Before the quota: without its key no call can leave, so none is counted. The metric tells of it like of a refused
 * key, since the same person has to mend it.
 */
export const withOpenedSecrets =
  ({ secretsOf, telemetry }: Deps): ServiceStage =>
  <Req, Res>({ name }: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const secrets = secretsOf(service);
    if (!isLeft(secrets)) return next(call, service);
    const { provider } = service;
    const outcome = secrets.left.kind;
    telemetry.providerCalled({ provider, operation: name, outcome, durationMs: 0 });
    return secrets;
  };
