import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import {
  withRetry,
  type Retries,
  type RetryRules,
} from '../../../../src/application/provider-call/stages/with-retry.ts';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { aBareService, anExternalService, anId } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const message = 'said so';
const quota = (scope: 'tenant' | 'service' | 'provider', retryAfterMs: number) =>
  ({ kind: 'quota-exceeded', scope, retryAfterMs, message }) as const;
const cases: readonly (readonly [string, ProviderError, boolean, number | undefined])[] = [
  ['a provider that is down', { kind: 'provider-unavailable', message }, true, undefined],
  ['one that says for how long', { kind: 'provider-unavailable', retryAfterMs: 300, message }, true, 300],
  ['a quota that says how long to wait', quota('provider', 200), true, 200],
  ['a quota that does not say', quota('provider', 0), false, undefined],
  ['a quota of the moment', { ...quota('provider', 0), isMomentary: true }, true, undefined],
  ['our own quota', quota('service', 200), false, 200],
  ['the tenant’s limit', quota('tenant', 200), false, 200],
  ['a time-out', { kind: 'provider-timeout', message }, false, undefined],
  ['a refused key', { kind: 'credentials-rejected', message }, false, undefined],
  ['a wrong request', { kind: 'request-rejected', message }, false, undefined],
  ['an answer nobody understands', { kind: 'answer-not-understood', message }, false, undefined],
  ['an open breaker', { kind: 'breaker-open', retryAfterMs: 9, message }, false, 9],
  ['what it cannot do', { kind: 'not-supported', message }, false, undefined],
];

describe('the rules for trying again', () => {
  const clock = fixedClock();
  const service = anExternalService();
  const abort = new AbortController();
  const plan = { services: [service] };
  const call = {
    deadlineAt: clock.monotonic() + 500,
    signal: abort.signal,
    plan,
  } as unknown as Call<unknown>;

  const rulesFor = async (
    retrySafe: boolean,
    writes?: Operation<unknown, string>['writes'],
    account?: Operation<unknown, string>['account'],
  ): Promise<readonly RetryRules[]> => {
    const seen: RetryRules[] = [];
    const retries: Retries = {
      run: (work, rules) => {
        seen.push(rules);
        return work();
      },
    };
    const operation = { retrySafe, writes, account } as Operation<unknown, string>;
    const stage = withRetry(retries, clock)(operation, async () => right('fine'));
    expect(await stage(call, service)).to.deep.equal(right('fine'));
    return seen;
  };

  for (const [words, error, isRetryable, wait] of cases)
    it(`${isRetryable ? 'allow it' : 'do not allow it'} for ${words}`, async () => {
      const [rules] = await rulesFor(true);
      expect(rules?.isRetryable(error)).to.equal(isRetryable);
      expect(rules?.waitAsked(error)).to.equal(wait);
    });

  it('leave the wait for the quota of an account to its line', async () => {
    const [rules] = await rulesFor(true, undefined, 'reads');
    expect(rules?.isRetryable(quota('provider', 30_000))).to.equal(true);
    expect(rules?.waitAsked(quota('provider', 30_000))).to.equal(undefined);
    expect(rules?.waitAsked({ kind: 'provider-unavailable', retryAfterMs: 300, message })).to.equal(300);
    expect(rules?.waitAsked({ ...quota('provider', 300), isBeforeLine: true })).to.equal(300);
  });

  it('name the service’s budget, the time left and the signal of who waits', async () => {
    const [rules] = await rulesFor(true);
    expect([rules?.budget, rules?.timeLeft(), rules?.signal]).to.deep.equal([service.id, 500, abort.signal]);
    clock.advance(200);
    expect(rules?.timeLeft()).to.equal(300);
  });

  it('leave their time to those who are to be asked behind it, as a single try does', async () => {
    const timeLeft = async (...behind: readonly ExternalService[]) => {
      const seen: RetryRules[] = [];
      const retries: Retries = {
        run: (work, rules) => {
          seen.push(rules);
          return work();
        },
      };
      const endpoint = (provider: string) =>
        provider === 'gazetteer' ? undefined : { httpMethod: 'GET', path: '/' };
      const operation = { retrySafe: true, endpoint } as unknown as Operation<unknown, string>;
      const asked = {
        ...call,
        deadlineAt: clock.monotonic() + 1_000,
        plan: { services: [service, ...behind] },
      };
      await withRetry(retries, clock)(operation, async () => right('fine'))(asked, service);
      clock.advance(100);
      return seen[0]?.timeLeft();
    };
    const remote = anExternalService({ id: anId(900), provider: 'yandex_maps' });
    expect(await timeLeft()).to.equal(900);
    expect(await timeLeft(remote)).to.equal(500);
    expect(await timeLeft(aBareService())).to.equal(800);
  });

  const lost: ProviderError = { kind: 'outcome-unknown', message };
  it('allow a write of which nobody knows to be sent again only when twice is the same as once', async () => {
    const allowed = async (writes: 'repeatable' | 'once' | undefined) =>
      (await rulesFor(true, writes))[0]?.isRetryable(lost);
    expect([await allowed('repeatable'), await allowed('once'), await allowed(undefined)]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('keep such a write back as long as the provider asks to', async () => {
    const [rules] = await rulesFor(true, 'repeatable', 'writes');
    expect(rules?.waitAsked({ ...lost, retryAfterMs: 3_000 })).to.equal(3_000);
    expect(rules?.waitAsked(lost)).to.equal(undefined);
  });

  it('do not assume that a write was not done because a later attempt failed clearly', async () => {
    const outcomes: ProviderError[] = [lost, { kind: 'provider-unavailable', message }];
    const retries: Retries = {
      run: async (work) => {
        await work();
        return work();
      },
    };
    const operation = { retrySafe: true, writes: 'repeatable' } as Operation<unknown, string>;
    const stage = withRetry(retries, clock)(operation, async () => left(outcomes.shift() ?? lost));
    expect(await stage(call, service)).to.deep.equal(left(lost));
  });

  it('keep in mind that a try which was given up may arrive after the one that was answered', async () => {
    const outcomes: Either<ProviderError, string>[] = [left(lost), right('written'), right('written')];
    const retries: Retries = {
      run: async (work) => {
        const result = await work();
        return isLeft(result) ? work() : result;
      },
    };
    const operation = { retrySafe: true, writes: 'repeatable' } as Operation<unknown, string>;
    const stage = withRetry(retries, clock)(operation, async () => outcomes.shift() ?? left(lost));
    for (const mayComeAgain of [true, false]) {
      const ledger = newLedger('log-1');
      expect(await stage({ ...call, ledger }, service)).to.deep.equal(right('written'));
      expect(ledger.mayComeAgain).to.equal(mayComeAgain);
    }
  });

  it('are not asked for an operation that must not be sent twice', async () => {
    expect(await rulesFor(false)).to.deep.equal([]);
  });
});
