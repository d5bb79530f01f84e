import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Call, ServiceCall } from './call.ts';
import type { Operation } from './operation.ts';

type Deps = { readonly secretBox: SecretBox; readonly clock: Clock; readonly attemptTimeoutMs: number };

/** While another provider could still be asked, one may use this share of the time left. */
const SHARE_OF_TIME_LEFT = 0.6;
const neverAborted = new AbortController().signal;

/** Opens the service's key and asks the adapter, within this attempt's share of the deadline. */
export const viaAdapter = ({ secretBox, clock, attemptTimeoutMs }: Deps) => {
  const keyOf = openedOnce(secretBox);
  return <Req, Res>(operation: Operation<Req, Res>): ServiceCall<Req, Res> =>
    async (call, service) => {
      const apiKey = keyOf(service);
      if (isLeft(apiKey)) return apiKey;
      const access: ProviderAccess = {
        tenantId: service.tenantId,
        serviceId: service.id,
        baseUrl: service.baseUrl,
        apiKey: apiKey.right,
        config: service.config,
        signal: call.signal ?? neverAborted,
        timeoutMs: timeoutFor(call, service, clock, attemptTimeoutMs),
        ...(call.ctx.traceparent !== undefined && { traceparent: call.ctx.traceparent }),
      };
      return operation.ask(service.provider, access, call.request);
    };
};

/** A key stays open as long as the snapshot of its service lives, which is read anew every second. */
const openedOnce = (box: SecretBox): ((service: ExternalService) => ReturnType<typeof openedKey>) => {
  const opened = new WeakMap<ExternalService, ReturnType<typeof openedKey>>();
  return (service) => {
    const known = opened.get(service);
    if (known !== undefined) return known;
    const key = openedKey(box, service);
    opened.set(service, key);
    return key;
  };
};

/** The service's key in plain text, undefined when it has none. */
export const openedKey = (
  box: SecretBox,
  { tenantId, id, serviceName, apiKey }: ExternalService,
): Either<ProviderError, string | undefined> => {
  if (apiKey === undefined) return right(undefined);
  const opened = box.open(apiKey.envelope, { tenantId, rowId: id, field: 'api_key' });
  return isLeft(opened)
    ? left({
        kind: 'credentials-rejected',
        message: `the stored key of ${serviceName} cannot be opened (${opened.left.reason})`,
      })
    : opened;
};

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
