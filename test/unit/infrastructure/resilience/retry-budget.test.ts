import { expect } from 'chai';
import fc from 'fast-check';
import { retryBudget } from '../../../../src/infrastructure/resilience/retry-budget.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const spendAll = (budget: ReturnType<typeof retryBudget>): number => {
  let spent = 0;
  while (spent < 10_000 && budget.tryToSpend()) spent += 1;
  return spent;
};

describe('a retry budget', () => {
  it('has ten in reserve and a fifth of the calls of the last ten seconds', () => {
    const clock = fixedClock();
    const budget = retryBudget(clock);
    expect(spendAll(budget)).to.equal(10);
    for (let n = 0; n < 100; n += 1) budget.callMade();
    expect(spendAll(budget)).to.equal(20);
    clock.advance(9_000);
    expect(spendAll(budget)).to.equal(0);
    clock.advance(1_000);
    expect(spendAll(budget)).to.equal(10);
  });

  it('forgets second by second', () => {
    const clock = fixedClock();
    const budget = retryBudget(clock);
    for (let second = 0; second < 10; second += 1) {
      for (let n = 0; n < 50; n += 1) budget.callMade();
      clock.advance(1_000);
    }
    // Nine of the ten seconds still count.
    expect(spendAll(budget)).to.equal(10 + (9 * 50) / 5);
  });

  it('remembers nothing after ten seconds, however long nobody asked', () => {
    for (const pause of [10, 11, 15, 19, 20, 21, 1_000]) {
      const clock = fixedClock();
      const budget = retryBudget(clock);
      for (let second = 0; second < 10; second += 1) {
        clock.advance(1_000);
        expect(budget.tryToSpend()).to.equal(true);
      }
      clock.advance(pause * 1_000);
      expect(spendAll(budget), `${pause} s`).to.equal(10);
    }
  });

  it('never grants more than its share, in any order of events', () => {
    const step = fc.oneof(
      fc.constant('call' as const),
      fc.constant('retry' as const),
      fc.integer({ min: 1, max: 25_000 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = fixedClock();
        const budget = retryBudget(clock);
        const calls: number[] = [];
        const retries: number[] = [];
        const within = (times: readonly number[], span: number) =>
          times.filter((at) => at > clock.monotonic() - span).length;
        for (const asked of steps) {
          if (typeof asked === 'number') clock.advance(asked);
          else if (asked === 'call') {
            budget.callMade();
            calls.push(clock.monotonic());
          } else if (budget.tryToSpend()) {
            retries.push(clock.monotonic());
            // Full seconds are counted: nine are certain, ten are the maximum.
            expect(within(retries, 9_000)).to.be.at.most(10 + within(calls, 10_000) * 0.2);
          } else expect(within(retries, 10_000) + 1).to.be.greaterThan(10 + within(calls, 9_000) * 0.2);
        }
      }),
    );
  });
});
