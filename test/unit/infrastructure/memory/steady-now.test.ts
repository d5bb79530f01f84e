import { expect } from 'chai';
import fc from 'fast-check';
import { steadyNow } from '../../../../src/infrastructure/memory/steady-now.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

describe('steadyNow', () => {
  it('follows the wall clock forward', () => {
    const clock = fixedClock(1_000);
    const now = steadyNow(clock);
    clock.advance(250);
    expect(now()).to.equal(1_250);
    clock.set(9_000);
    expect(now()).to.equal(9_000);
  });

  it('goes on with the monotonic clock when the wall clock is set back, until that has caught up', () => {
    const clock = fixedClock(100_000);
    const now = steadyNow(clock);
    clock.set(40_000);
    expect(now()).to.equal(100_000);
    clock.advance(500);
    expect(now()).to.equal(100_500);
    clock.set(101_000);
    expect(now()).to.be.at.least(101_000);
  });

  it('never goes back, whatever happens to the wall clock', () => {
    const step = fc.record({ forward: fc.nat(5_000), back: fc.nat(20_000) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const clock = fixedClock(1_000_000);
        const now = steadyNow(clock);
        let last = now();
        for (const { forward, back } of steps) {
          clock.set(clock.now() - back);
          expect(now()).to.be.at.least(last);
          const before = now();
          clock.advance(forward);
          expect(now()).to.be.at.least(before + forward);
          last = now();
        }
      }),
    );
  });
});
