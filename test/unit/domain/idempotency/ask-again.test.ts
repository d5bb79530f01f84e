import { expect } from 'chai';
import { askAgainMs } from '../../../../src/domain/idempotency/ask-again.ts';

describe('who finds somebody at a key', () => {
  it('asks again in a second while more than half of the lease is left, for its holder lives', () => {
    for (const left of [30_000, 15_001, 15_000.5])
      expect(askAgainMs(left, 30_000), `${left}`).to.equal(1_000);
  });

  it('asks again when the lease has run out once half of it is over, and not before', () => {
    const waits = [15_000, 14_999.2, 1_000.1].map((left) => askAgainMs(left, 30_000));
    expect(waits).to.deep.equal([15_000, 15_000, 1_001]);
  });

  it('gives a lease that is about to run out, or has, a second all the same', () => {
    for (const left of [1_000, 1, 0, -5_000]) expect(askAgainMs(left, 30_000), `${left}`).to.equal(1_000);
  });
});
