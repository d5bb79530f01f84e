import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { AccountCalls, ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft, mapLeft, right } from '../../../domain/shared/fp.ts';
import type { AccountQuota } from '../quota/account-quota.ts';
import type { Call } from '../call.ts';
import type { ServiceCall } from '../stage.ts';
import { callQuota } from '../quota/call-quota.ts';
import type { Operation } from '../operation.ts';
import type { SecretsOf } from '../opened-secrets.ts';
import type { OwnQuota } from '../quota/own-quota.ts';
import { shareOfTime } from '../share-of-time.ts';

type Deps = {
  readonly secretsOf: SecretsOf;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
  readonly own: OwnQuota;
  readonly account: AccountQuota;
};

/**
 * A healthy provider answers within this time. A time-out under a tighter limit set by the caller says nothing about
 * the provider: it is marked `wasHurried` and counts neither for the circuit breaker nor for health. This includes a
 * write that could not even be sent in that time.
 */
const USUAL_MS = 500;
const neverAborted = new AbortController().signal;

/** Calls the adapter with the decrypted secrets, within this attempt's share of the deadline. */
export const viaAdapter =
  ({ secretsOf, clock, attemptTimeoutMs, own, account }: Deps) =>
  <Req, Res>(operation: Operation<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const secrets = secretsOf(service);
    if (isLeft(secrets)) return secrets;
    const { timeoutMs, isHurried } = timeFor(operation, call, service, clock, attemptTimeoutMs);
    const access: ProviderAccess = {
      tenantId: service.tenantId,
      serviceId: service.id,
      baseUrl: service.baseUrl,
      ...secrets.right,
      config: service.config,
      signal: call.signal ?? neverAborted,
      timeoutMs,
      ...(call.ctx.traceparent !== undefined && { traceparent: call.ctx.traceparent }),
      account: accountCalls({ account, clock }, call, service),
    };
    const answer = await operation.ask(service.provider, access, call.request, {
      timeLeft: () => call.deadlineAt - clock.monotonic(),
      quota: callQuota({ own, account }, operation, call, service),
    });
    return isHurried ? mapLeft(hurried)(answer) : answer;
  };

const hurried = (error: ProviderError): ProviderError =>
  error.kind === 'provider-timeout' ||
  error.kind === 'outcome-unknown' ||
  (error.kind === 'provider-unavailable' && error.isOutOfTime === true)
    ? { ...error, wasHurried: true }
    : error;

/**
 * Extra requests that an adapter makes for the one it was asked for: free for the tenant, but counted for the account.
 */
const accountCalls = <Req>(
  { account, clock }: { readonly account: AccountQuota; readonly clock: Clock },
  call: Call<Req>,
  service: ExternalService,
): AccountCalls => ({
  another: (kind, { signal, timeoutMs }) => {
    const endAt = clock.monotonic() + timeoutMs;
    const timeLeft = (): number => endAt - clock.monotonic();
    return account.take(call, service, { kind, signal, timeLeft, charge: async () => right(undefined) });
  },
  refused: (kind, retryAfterMs) => account.refused(service, kind, retryAfterMs),
});

const timeFor = <Req, Res>(
  operation: Operation<Req, Res>,
  call: Call<Req>,
  service: ExternalService,
  clock: Clock,
  standardMs: number,
): { readonly timeoutMs: number; readonly isHurried: boolean } => {
  const configured = service.config['timeout_ms'];
  const wanted = typeof configured === 'number' && configured > 0 ? configured : standardMs;
  const leftMs = Math.max(1, call.deadlineAt - clock.monotonic());
  const timeoutMs = Math.min(wanted, Math.max(1, shareOfTime(leftMs, operation, call, service)));
  const isHurried = call.options.deadlineMs !== undefined && timeoutMs < Math.min(wanted, USUAL_MS);
  return { timeoutMs, isHurried };
};
