import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import { withCallMetrics } from '../../../../src/application/provider-call/stages/with-call-metrics.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { anExternalService } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { silentTelemetry } from '../../../support/silent-telemetry.ts';

const message = 'm';
const quota = (scope: 'tenant' | 'service' | 'provider'): ProviderError => ({
  kind: 'quota-exceeded',
  scope,
  retryAfterMs: 1,
  message,
});
const service = anExternalService({ costPerCall: { micros: 5_000, currency: 'USD' } });

const counted = async (
  result: Either<ProviderError, string>,
  signal?: AbortSignal,
  more: Partial<Operation<string, string>> = {},
) => {
  const clock = fixedClock();
  const called: string[] = [];
  const telemetry = {
    ...silentTelemetry,
    providerCalled: ({ outcome }: { readonly outcome: string }) => void called.push(outcome),
  };
  const call = { ledger: newLedger('log-1'), signal } as Call<string>;
  const operation = { name: 'sheets_append', ...more } as Operation<string, string>;
  const stage = withCallMetrics({ telemetry, clock, limiter: { addCost: () => undefined } });
  await stage(operation, async () => {
    clock.advance(100);
    return result;
  })(call, service);
  const { callsSent, callsBilled, timings } = call.ledger;
  return { called, callsSent, callsBilled, providerMs: timings.provider };
};

describe('calls that leave for a provider', () => {
  it('are counted, timed and priced when they are answered', async () => {
    expect(await counted(right('answer'))).to.deep.equal({
      called: ['ok'],
      callsSent: 1,
      callsBilled: 1,
      providerMs: 100,
    });
  });

  it('are priced when the answer did not come in time', async () => {
    expect(await counted(left({ kind: 'provider-timeout', message }))).to.include({ callsBilled: 1 });
  });

  it('are no failures of a provider that nobody gave the time to answer, and are paid for', async () => {
    const late = left({ kind: 'provider-timeout', message } as const);
    for (const givenUp of [
      await counted(late, AbortSignal.abort()),
      await counted(left({ kind: 'provider-timeout', wasHurried: true, message })),
      await counted(left({ kind: 'outcome-unknown', wasHurried: true, message })),
    ])
      expect([givenUp.called, givenUp.callsBilled]).to.deep.equal([['given-up'], 1]);
    expect((await counted(late)).called).to.deep.equal(['provider-timeout']);
  });

  it('are those of the one that paid, where the rows of several leave as one', async () => {
    const along = (result: Either<ProviderError, string>) =>
      counted(result, undefined, { paysWhenItLeaves: true });
    const failure = { kind: 'provider-unavailable', message } as const;
    expect((await along(right('answer'))).called).to.deep.equal([]);
    expect((await along(left({ ...failure, isShared: true }))).called).to.deep.equal([]);
    expect((await along(left(failure))).called).to.deep.equal([failure.kind]);
  });

  for (const error of [
    quota('provider'),
    { kind: 'provider-unavailable', message } as const,
    { kind: 'provider-timeout', isUnsent: true, message } as const,
  ])
    it(`are counted and cost nothing when they end as ${error.kind}`, async () => {
      expect(await counted(left(error))).to.deep.equal({
        called: [error.kind],
        callsSent: 1,
        callsBilled: 0,
        providerMs: 100,
      });
    });

  for (const error of [
    quota('tenant'),
    quota('service'),
    { kind: 'breaker-open', retryAfterMs: 1, message } as const,
    { kind: 'not-supported', message } as const,
    { kind: 'outcome-unknown', isUnasked: true, message } as const,
  ])
    it(`do not count attempts that were held back: ${error.kind}`, async () => {
      expect(await counted(left(error))).to.deep.equal({
        called: [],
        callsSent: 0,
        callsBilled: 0,
        providerMs: 0,
      });
    });
});
