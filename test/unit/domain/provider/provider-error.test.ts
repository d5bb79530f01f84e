import { expect } from 'chai';
import {
  failedForQuotas,
  isUnasked,
  lastFailed,
  sharedFailure,
  wasHurried,
  type Attempt,
  type ProviderError,
} from '../../../../src/domain/provider/provider-error.ts';

describe('whose failure a call without an answer is', () => {
  const attempt = (outcome: Attempt['outcome']): Attempt => ({
    provider: 'google_maps',
    serviceId: 'id',
    serviceName: 'name',
    outcome,
    durationMs: 1,
    calls: 1,
  });
  const failedOf = (...outcomes: readonly Attempt['outcome'][]) => lastFailed(outcomes.map(attempt))?.outcome;

  it('is the last one that failed, though somebody behind it found nothing or something too coarse', () => {
    const [first, second] = ['provider-timeout', 'quota-exceeded'] as const;
    expect(failedOf(first, second, 'ok', 'poor-match', 'no-match')).to.equal(second);
  });

  it('is not that of somebody who cannot do it at all, unless nobody can', () => {
    expect(failedOf('provider-timeout', 'not-supported')).to.equal('provider-timeout');
    expect(failedOf('not-supported', 'no-match')).to.equal('not-supported');
  });

  it('reports quotas alone, even if other providers found nothing or do not support the operation', () => {
    const ofQuotas = (...outcomes: readonly Attempt['outcome'][]) => failedForQuotas(outcomes.map(attempt));
    expect(ofQuotas('quota-exceeded', 'quota-exceeded', 'no-match', 'not-supported')).to.equal(true);
    expect(ofQuotas('quota-exceeded', 'provider-timeout')).to.equal(false);
    for (const none of [[], ['not-supported'], ['no-match']] as const)
      expect(ofQuotas(...none)).to.equal(false);
  });

  it('is that of the last provider asked, where none failed', () => {
    expect(failedOf('poor-match', 'poor-match', 'no-match')).to.equal('no-match');
    expect(failedOf()).to.equal(undefined);
  });
});

describe('an error of a provider', () => {
  const message = 'm';
  const errors: readonly ProviderError[] = [
    { kind: 'request-rejected', message, isUnasked: true },
    { kind: 'outcome-unknown', message, isUnasked: true },
    { kind: 'provider-timeout', message, wasHurried: true },
    { kind: 'outcome-unknown', message, wasHurried: true },
    { kind: 'request-rejected', message, isUnwritten: true },
    { kind: 'provider-timeout', message, isUnsent: true },
    { kind: 'outcome-unknown', message },
    { kind: 'not-supported', message },
  ];

  it('tells that nobody was asked, or that its caller was in a hurry, only where it says so', () => {
    expect(errors.map(isUnasked)).to.deep.equal([true, true, false, false, false, false, false, false]);
    expect(errors.map(wasHurried)).to.deep.equal([false, false, true, true, false, false, false, false]);
  });

  it('is the same for all whom it is told, marked as shared', () => {
    for (const error of errors) expect(sharedFailure(error)).to.deep.equal({ ...error, isShared: true });
  });
});
