import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import { openedOnce } from '../../../../src/application/provider-call/opened-secrets.ts';
import { viaAdapter } from '../../../../src/application/provider-call/stages/via-adapter.ts';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import type { SecretBinding, SecretBox } from '../../../../src/domain/shared/secret-box.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  TENANT,
} from '../../../support/an-external-service.ts';
import { failureOf } from '../../../support/command-fixture.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { lineRig } from '../../../support/line-rig.ts';

const free = async () => right(undefined);
const paid = async () => right({ isOver: () => undefined });
const freeOfCharge = {
  chargeCall: free,
  chargeCallWithReceipt: paid,
  chargeTenant: free,
  chargeService: free,
};

const timedOut: Either<ProviderError, string> = left({ kind: 'provider-timeout', message: 'no answer' });

const fixture = (
  opened: ReturnType<SecretBox['open']> = right('PLANTED-KEY'),
  answer: Either<ProviderError, string> = right('answer'),
) => {
  const clock = fixedClock();
  const accesses: ProviderAccess[] = [];
  const bindings: SecretBinding[] = [];
  const operation = {
    ask: async (_provider, access) => {
      accesses.push(access);
      return answer;
    },
    endpoint: (provider) => (provider === 'gazetteer' ? undefined : { httpMethod: 'GET', path: '/' }),
  } as Partial<Operation<string, string>> as Operation<string, string>;
  const secretBox: SecretBox = {
    seal: () => '',
    needsResealing: () => false,
    open: (_envelope, binding) => {
      bindings.push(binding);
      return opened;
    },
  };
  const ask = viaAdapter({
    secretsOf: openedOnce(secretBox),
    clock,
    attemptTimeoutMs: 3_000,
    own: freeOfCharge,
    account: lineRig().newQuota(),
  })(operation);
  const call = (services: readonly ExternalService[], leftMs: number): Call<string> => ({
    ctx: { ...aContext(), traceparent: '00-trace' },
    plan: { services },
    request: 'request',
    options: { cache: anyCache, deadlineMs: undefined },
    cacheKey: undefined,
    ledger: newLedger(anId(1)),
    startedAt: 0,
    deadlineAt: clock.monotonic() + leftMs,
    signal: undefined,
  });
  const timeoutOf = async (services: readonly ExternalService[], leftMs: number, asked = services[0]) => {
    if (asked === undefined) throw new Error('nobody to ask');
    await ask(call(services, leftMs), asked);
    return accesses.at(-1)?.timeoutMs;
  };
  return { ask, call, accesses, bindings, timeoutOf };
};

const first = anExternalService({ config: {} });
const second = aBareService();
const remote = anExternalService({ id: anId(900), provider: 'yandex_maps', config: {} });

describe('asking an adapter', () => {
  it('opens the secrets bound to tenant, row and field, for this attempt only', async () => {
    const { ask, call, accesses, bindings } = fixture();
    expect(await ask(call([first], 10_000), first)).to.deep.equal(right('answer'));
    expect(bindings).to.deep.equal([
      { tenantId: TENANT, rowId: first.id, field: 'api_key' },
      { tenantId: TENANT, rowId: first.id, field: 'credentials' },
    ]);
    expect(accesses[0]).to.deep.include({
      tenantId: TENANT,
      serviceId: first.id,
      baseUrl: first.baseUrl,
      apiKey: 'PLANTED-KEY',
      config: {},
      traceparent: '00-trace',
    });
  });

  it('asks a service without a key without one', async () => {
    const { ask, call, accesses, bindings } = fixture();
    await ask(call([second], 10_000), second);
    expect(bindings).to.deep.equal([]);
    expect(accesses[0]?.apiKey).to.equal(undefined);
  });

  it('does not ask when the key cannot be opened, and says why without the envelope', async () => {
    const { ask, call, accesses } = fixture(
      left({ kind: 'secret-unreadable', reason: 'unknown-key', keyId: 'k9' }),
    );
    const failure = await failureOf(ask(call([first], 10_000), first));
    expect(failure.kind).to.equal('credentials-rejected');
    expect(failure.message).to.include('unknown-key').and.not.include(first.apiKey?.envelope);
    expect(accesses).to.deep.equal([]);
  });

  it('gives the last service all the time that is left, up to an attempt’s own', async () => {
    const { timeoutOf } = fixture();
    expect(await timeoutOf([first], 10_000)).to.equal(3_000);
    expect(await timeoutOf([first], 1_000)).to.equal(1_000);
    expect(await timeoutOf([first, second], 1_000, second)).to.equal(1_000);
  });

  it('leaves time for the next service', async () => {
    const { timeoutOf } = fixture();
    expect(await timeoutOf([first, remote], 10_000)).to.equal(3_000);
    expect(await timeoutOf([first, remote], 1_000)).to.equal(600);
    expect(await timeoutOf([first, second, remote], 1_000)).to.equal(600);
  });

  it('leaves but a moment for who answers in this process, and no more than another would get', async () => {
    const { timeoutOf } = fixture();
    expect(await timeoutOf([first, second], 1_000)).to.equal(900);
    expect(await timeoutOf([first, remote, second], 1_000, remote)).to.equal(900);
    expect(await timeoutOf([first, second], 200)).to.equal(120);
  });

  it('never asks for no time at all', async () => {
    const { timeoutOf } = fixture();
    expect(await timeoutOf([first], 0)).to.equal(1);
    expect(await timeoutOf([first, second], -500)).to.equal(1);
  });

  it('obeys the service’s own time-out, if it is valid', async () => {
    const { timeoutOf } = fixture();
    const withTimeout = (timeout_ms: number | string) => [anExternalService({ config: { timeout_ms } })];
    expect(await timeoutOf(withTimeout(250), 10_000)).to.equal(250);
    expect(await timeoutOf(withTimeout(60_000), 10_000)).to.equal(10_000);
    for (const nonsense of [0, -1, '250'])
      expect(await timeoutOf(withTimeout(nonsense), 10_000)).to.equal(3_000);
  });

  it('says which time-outs are due to the haste of the caller, and not to the provider or our own settings', async () => {
    const { ask, call } = fixture(undefined, timedOut);
    const wasHurried = async (timeout_ms: number, leftMs: number, deadlineMs: number | undefined) => {
      const services = [anExternalService({ config: { timeout_ms } })];
      const hasty = { ...call(services, leftMs), options: { cache: anyCache, deadlineMs } };
      const failure = await failureOf(ask(hasty, services[0] ?? first));
      return 'wasHurried' in failure;
    };
    expect(await wasHurried(3_000, 499, 499)).to.equal(true);
    expect(await wasHurried(3_000, 500, 500)).to.equal(false);
    expect(await wasHurried(200, 300, 300)).to.equal(false);
    expect(await wasHurried(200, 199, 199)).to.equal(true);
    expect(await wasHurried(3_000, 100, undefined)).to.equal(false);
  });

  it('says so also of a write that was not sent for want of time, but not of a provider out of reach', async () => {
    const wasHurried = async (isOutOfTime: boolean): Promise<boolean> => {
      const unsent = {
        kind: 'provider-unavailable',
        message: 'nothing was sent',
        ...(isOutOfTime && { isOutOfTime }),
      };
      const { ask, call } = fixture(undefined, left(unsent as ProviderError));
      const hasty = { ...call([first], 50), options: { cache: anyCache, deadlineMs: 50 } };
      return 'wasHurried' in (await failureOf(ask(hasty, first)));
    };
    expect(await wasHurried(true)).to.equal(true);
    expect(await wasHurried(false)).to.equal(false);
  });
});
