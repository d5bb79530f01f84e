import { expect } from 'chai';
import fc from 'fast-check';
import { redisClock } from '../../../../src/infrastructure/redis/quota/redis-clock.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

/** A Redis whose clock is `aheadMs` ahead of the process's, with these transit times of its answers. */
const aRedis = (aheadMs: number) => {
  const process = fixedClock();
  const clock = redisClock(process);
  const truth = (): number => process.now() + aheadMs;
  const ask = ([there, back]: readonly [there: number, back: number]): void => {
    const asked = process.monotonic();
    process.advance(there);
    const told = truth();
    process.advance(back);
    clock.observe(told, asked);
  };
  return { process, clock, truth, ask };
};

describe('the clock of Redis', () => {
  it('is the process’s own until Redis has answered', () => {
    const { process, clock } = aRedis(5_000);
    expect([clock.now(), clock.isKnown()]).to.deep.equal([process.now(), false]);
  });

  it('is Redis’s from then on, whatever the wall clock of the process does', () => {
    const { process, clock, truth, ask } = aRedis(-2_000);
    ask([0, 0]);
    process.advance(1_000);
    const now = truth();
    process.set(process.now() - 3_600_000);
    expect([clock.now(), clock.isKnown()]).to.deep.equal([now, true]);
  });

  it('is as accurate as the quickest answer allows: one that arrives or is read late does not set it back', () => {
    const { clock, truth, ask } = aRedis(700);
    ask([0, 1]);
    ask([0, 900]);
    expect(clock.now()).to.be.within(truth() - 1, truth());
  });

  it('follows a clock that was set, or that of another server, either way', () => {
    const { process, clock } = aRedis(0);
    for (const told of [process.now(), process.now() - 10_000, process.now() + 10_000]) {
      clock.observe(told, process.monotonic());
      expect(clock.now()).to.be.within(told, told + 1);
    }
  });

  it('is never further off than the answer was long on its way', () => {
    const delay = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(
        fc.integer({ min: -5_000, max: 5_000 }),
        fc.array(delay, { minLength: 1, maxLength: 20 }),
        (aheadMs, delays) => {
          const { clock, truth, ask } = aRedis(aheadMs);
          let shortest = Number.POSITIVE_INFINITY;
          for (const [there, back] of delays) {
            ask([there, back]);
            shortest = Math.min(shortest, there + back);
            expect(Math.abs(clock.now() - truth())).to.be.at.most(shortest + 1);
          }
        },
      ),
    );
  });
});
