import { isLeft } from '../../../domain/shared/fp.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { SecretsOf } from '../opened-secrets.ts';
import type { Operation } from '../operation.ts';

type Deps = { readonly secretsOf: SecretsOf; readonly telemetry: Pick<Telemetry, 'providerCalled'> };

/**
 * Decrypts the secrets before the quota stage: a call without its key cannot leave, so it is not counted. The metric
 * shows it like a key refused by the provider, because the same person has to correct it.
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
