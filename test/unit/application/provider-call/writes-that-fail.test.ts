import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import { firstThatAnswers } from '../../../../src/application/provider-call/stages/first-that-answers.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { aService, contextOf, yandex } from '../../../support/pipeline-fixture.ts';

const message = 'm';
const first = aService({ serviceName: 'first' });
const second = yandex({ serviceName: 'second' });

/** The accounts asked when the first fails in this way after this many calls, and the outcome. */
const outcome = async (
  error: ProviderError,
  calls: number,
  {
    writes,
    secondFails,
    takesMs = 0,
  }: {
    readonly writes?: 'repeatable' | undefined;
    readonly secondFails?: ProviderError;
    readonly takesMs?: number;
  },
) => {
  const clock = fixedClock();
  const seen: string[] = [];
  const operation = {
    serviceType: 'spreadsheet',
    writes,
    isNoMatch: () => false,
    isPoor: () => false,
  } as unknown as Operation<string, string>;
  const call: Call<string> = {
    ctx: contextOf('uk_company_1'),
    plan: { services: [first, second] },
    request: 'x',
    options: { cache: anyCache, deadlineMs: undefined },
    cacheKey: undefined,
    ledger: newLedger('log-1'),
    startedAt: 0,
    deadlineAt: clock.monotonic() + 1_000,
    signal: undefined,
  };
  const result = await firstThatAnswers(clock)(operation, async ({ ledger }, { serviceName }) => {
    seen.push(serviceName);
    if (serviceName === 'second') return secondFails === undefined ? right('done') : left(secondFails);
    ledger.callsSent += calls;
    clock.advance(takesMs);
    return left(error);
  })(call);
  return { seen, result };
};
const asked = async (error: ProviderError, calls: number, writes?: 'repeatable') =>
  (await outcome(error, calls, { writes })).seen;
const notShared = (email: string) =>
  ({ kind: 'request-rejected', isOfAccount: true, message: `share it with ${email}` }) as const;

describe('a write that fails', () => {
  for (const [words, error, calls] of [
    ['was held back by its breaker', { kind: 'breaker-open', retryAfterMs: 1, message }, 0],
    ['could not be reached', { kind: 'provider-unavailable', message }, 1],
    ['could not be reached twice', { kind: 'provider-unavailable', message }, 2],
    ['has an account that it is not shared with', notShared('one@x'), 1],
    ['has used up its account', { kind: 'quota-exceeded', scope: 'service', retryAfterMs: 1, message }, 0],
  ] as const)
    it(`goes to another service when the first one ${words}: nothing was written`, async () => {
      expect(await asked(error, calls, 'repeatable')).to.deep.equal(['first', 'second']);
    });

  for (const [words, error, calls] of [
    ['nobody knows', { kind: 'outcome-unknown', message }, 1],
    ['it timed out', { kind: 'provider-timeout', message }, 1],
    ['its answer could not be read', { kind: 'answer-not-understood', message }, 1],
  ] as const)
    it(`stays where it may have been done: ${words}`, async () => {
      expect(await asked(error, calls, 'repeatable')).to.deep.equal(['first']);
    });

  it('is refused as not shared if that is so for every account', async () => {
    const { result } = await outcome(notShared('one@x'), 1, { secondFails: notShared('two@x') });
    expect(isLeft(result) && result.left).to.deep.include({ kind: 'call-failed', error: notShared('two@x') });
  });

  it('may pass later where it is shared with an account that is away, for all that is known', async () => {
    const away = { kind: 'provider-unavailable', message } as const;
    const { result } = await outcome(notShared('one@x'), 1, { secondFails: away });
    expect(isLeft(result) && result.left).to.deep.include({
      kind: 'all-providers-failed',
      retryAfterMs: 1_000,
    });
  });

  it('is too late, and not refused, where the next account was not asked any more', async () => {
    const { seen, result } = await outcome(notShared('one@x'), 1, { takesMs: 1_000 });
    expect(seen).to.deep.equal(['first']);
    expect(isLeft(result) && result.left.kind).to.equal('deadline-exceeded');
  });

  it('is in doubt, and not one that nobody took, where the last account leaves it open', async () => {
    const away = { kind: 'provider-unavailable', message } as const;
    const open = { kind: 'outcome-unknown', message } as const;
    const { seen, result } = await outcome(away, 1, { writes: 'repeatable', secondFails: open });
    expect(seen).to.deep.equal(['first', 'second']);
    expect(isLeft(result) && result.left).to.deep.include({ kind: 'call-failed', error: open });
  });

  it('is not a read, which goes on after all of these', async () => {
    expect(await asked({ kind: 'provider-timeout', message }, 1)).to.deep.equal(['first', 'second']);
  });
});
