import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Call, ServiceCall } from './call.ts';
import type { Operation } from './operation.ts';

type Deps = { readonly secretBox: SecretBox; readonly clock: Clock; readonly attemptTimeoutMs: number };

/** While another provider could still be asked, one may use this share of the time left. */
const SHARE_OF_TIME_LEFT = 0.6;
const neverAborted = new AbortController().signal;

/** Opens the service's key and asks the adapter, within this attempt's share of the deadline. */
export const viaAdapter =
  ({ secretBox, clock, attemptTimeoutMs }: Deps) =>
  <Req, Res>(operation: Operation<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const apiKey = openedKey(secretBox, service);
    if (apiKey !== undefined && isLeft(apiKey)) {
      return left({
        kind: 'credentials-rejected',
        message: `the stored key of ${service.serviceName} cannot be opened (${apiKey.left.reason})`,
      });
    }
    const access: ProviderAccess = {
      tenantId: service.tenantId,
      serviceId: service.id,
      baseUrl: service.baseUrl,
      apiKey: apiKey?.right,
      config: service.config,
      signal: call.signal ?? neverAborted,
      timeoutMs: timeoutFor(call, service, clock, attemptTimeoutMs),
      ...(call.ctx.traceparent !== undefined && { traceparent: call.ctx.traceparent }),
    };
    return operation.ask(service.provider, access, call.request);
  };

export const openedKey = (box: SecretBox, service: ExternalService) =>
  service.apiKey === undefined
    ? undefined
    : box.open(service.apiKey.envelope, { tenantId: service.tenantId, rowId: service.id, field: 'api_key' });

const timeoutFor = <Req>(
  call: Call<Req>,
  service: ExternalService,
  clock: Clock,
  standardMs: number,
): number => {
  const configured = service.config['timeout_ms'];
  const wanted = typeof configured === 'number' && configured > 0 ? configured : standardMs;
  const left = Math.max(1, call.deadlineAt - clock.monotonic());
  const isLast = call.plan.services.at(-1)?.id === service.id;
  return Math.min(wanted, isLast ? left : Math.max(1, left * SHARE_OF_TIME_LEFT));
};
