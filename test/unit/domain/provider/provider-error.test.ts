import { expect } from 'chai';
import { lastFailed, type Attempt } from '../../../../src/domain/provider/provider-error.ts';

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

  it('is the last one that was asked, where none failed', () => {
    expect(failedOf('poor-match', 'poor-match', 'no-match')).to.equal('no-match');
    expect(failedOf()).to.equal(undefined);
  });
});
