import { expect } from 'chai';
import { failedForQuotas, lastFailed, type Attempt } from '../../../../src/domain/provider/provider-error.ts';

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

  it('is one of quotas alone, whoever found nothing or cannot do it beside them', () => {
    const ofQuotas = (...outcomes: readonly Attempt['outcome'][]) => failedForQuotas(outcomes.map(attempt));
    expect(ofQuotas('quota-exceeded', 'quota-exceeded', 'no-match', 'not-supported')).to.equal(true);
    expect(ofQuotas('quota-exceeded', 'provider-timeout')).to.equal(false);
    for (const none of [[], ['not-supported'], ['no-match']] as const)
      expect(ofQuotas(...none)).to.equal(false);
  });

  it('is the last one that was asked, where none failed', () => {
    expect(failedOf('poor-match', 'poor-match', 'no-match')).to.equal('no-match');
    expect(failedOf()).to.equal(undefined);
  });
});
