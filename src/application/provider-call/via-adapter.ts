import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { AccountCalls, ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, mapLeft, right, type Either } from '../../domain/shared/fp.ts';
import type { SealedSecret, SecretBox } from '../../domain/shared/secret-box.ts';
import type { AccountQuota } from './account-quota.ts';
import type { Call, ServiceCall } from './call.ts';
import { callsAhead } from './calls-ahead.ts';
import type { Operation } from './operation.ts';
import type { OwnQuota } from './own-quota.ts';

type Deps = {
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
  readonly own: OwnQuota;
  readonly account: AccountQuota;
};

/** While another provider could still be asked, one may use this share of the time left. */
const SHARE_OF_TIME_LEFT = 0.6;
/** Most answers are here by then. A caller who waits for less may not have the provider called dead for everybody else. */
const USUAL_MS = 500;
const neverAborted = new AbortController().signal;

/** Opens the service's key and asks the adapter, within this attempt's share of the deadline. */
export const viaAdapter = ({ secretBox, clock, attemptTimeoutMs, own, account }: Deps) => {
  const secretsOf = openedOnce(secretBox);
  return <Req, Res>(operation: Operation<Req, Res>): ServiceCall<Req, Res> =>
    async (call, service) => {
      const secrets = secretsOf(service);
      if (isLeft(secrets)) return secrets;
      const { timeoutMs, isHurried } = timeFor(call, service, clock, attemptTimeoutMs);
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
        quota: callsAhead({ own, account }, operation, call, service),
      });
      return isHurried ? mapLeft(hurried)(answer) : answer;
    };
};

const hurried = (error: ProviderError): ProviderError =>
  error.kind === 'provider-timeout' || error.kind === 'outcome-unknown'
    ? { ...error, wasHurried: true }
    : error;

/** What an adapter calls beside what it was asked for costs its tenant nothing, but counts for the account. */
const accountCalls = <Req>(
  { account, clock }: { readonly account: AccountQuota; readonly clock: Clock },
  call: Call<Req>,
  service: ExternalService,
): AccountCalls => ({
  another: (window, { signal, timeoutMs }) => {
    const endAt = clock.monotonic() + timeoutMs;
    const timeLeft = (): number => endAt - clock.monotonic();
    return account.take(call, service, { window, signal, timeLeft, charge: async () => right(undefined) });
  },
  refused: (window, retryAfterMs) => account.refused(service, window, retryAfterMs),
});

/** Secrets stay open as long as the snapshot of their service lives, which is read anew every second. */
const openedOnce = (box: SecretBox): ((service: ExternalService) => ReturnType<typeof openedSecrets>) => {
  const opened = new WeakMap<ExternalService, ReturnType<typeof openedSecrets>>();
  return (service) => {
    const known = opened.get(service);
    if (known !== undefined) return known;
    const secrets = openedSecrets(box, service);
    opened.set(service, secrets);
    return secrets;
  };
};

type OpenedSecrets = Pick<ProviderAccess, 'apiKey' | 'credentials'>;

/** The service's secrets in plain text, undefined where it has none. */
export const openedSecrets = (
  box: SecretBox,
  service: ExternalService,
): Either<ProviderError, OpenedSecrets> => {
  const apiKey = opened(box, service, 'api_key', service.apiKey);
  if (isLeft(apiKey)) return apiKey;
  const credentials = opened(box, service, 'credentials', service.credentials);
  if (isLeft(credentials)) return credentials;
  return right({ apiKey: apiKey.right, credentials: credentials.right });
};

const opened = (
  box: SecretBox,
  { tenantId, id, serviceName }: ExternalService,
  field: 'api_key' | 'credentials',
  secret: SealedSecret | undefined,
): Either<ProviderError, string | undefined> => {
  if (secret === undefined) return right(undefined);
  const text = box.open(secret.envelope, { tenantId, rowId: id, field });
  const what = field === 'api_key' ? 'key' : 'credentials';
  return isLeft(text)
    ? left({
        kind: 'credentials-rejected',
        message: `the stored ${what} of ${serviceName} cannot be opened (${text.left.reason})`,
      })
    : text;
};

const timeFor = <Req>(
  call: Call<Req>,
  service: ExternalService,
  clock: Clock,
  standardMs: number,
): { readonly timeoutMs: number; readonly isHurried: boolean } => {
  const configured = service.config['timeout_ms'];
  const wanted = typeof configured === 'number' && configured > 0 ? configured : standardMs;
  const leftMs = Math.max(1, call.deadlineAt - clock.monotonic());
  const isLast = call.plan.services.at(-1)?.id === service.id;
  const timeoutMs = Math.min(wanted, isLast ? leftMs : Math.max(1, leftMs * SHARE_OF_TIME_LEFT));
  const isHurried = call.options.deadlineMs !== undefined && timeoutMs < Math.min(wanted, USUAL_MS);
  return { timeoutMs, isHurried };
};
