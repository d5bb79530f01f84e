import { expect } from 'chai';
import fc from 'fast-check';
import { windowMs, type QuotaSubject, type WindowType } from '../../../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { MemoryRateLimiter } from '../../../../src/infrastructure/memory/memory-rate-limiter.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { aSubject } from '../../../support/quota-subjects.ts';
import { worstWindow } from '../../../support/reference-limiter.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

type Calls = [time: number, cost: number][];

/** A limiter over a store that answers after a few (fixed) milliseconds, and can be killed and restarted. */
const world = (storeDelayMs: () => number = () => 3) => {
  const clock = fixedClock();
  const db = fakeQuotaStateStore();
  db.before = () => clock.sleep(storeDelayMs());
  const unleased = { permits: 0 };
  const start = () =>
    new MemoryRateLimiter({
      clock,
      sleep: clock.sleep,
      store: db.connect(),
      onUnleased: (permits) => (unleased.permits += permits),
    });
  let limiter = start();
  const granted: Calls = [];
  let alive = {};
  return {
    clock,
    db,
    granted,
    unleased,
    limiter: () => limiter,
    /** Starts a call; what it is granted before the process dies is recorded with the time of the answer. */
    call: (subjects: readonly QuotaSubject[], cost = 1) => {
      const mine = alive;
      void limiter.take(subjects, cost).then((outcome) => {
        if (isRight(outcome) && mine === alive) granted.push([clock.now(), cost]);
      });
    },
    pass: async (milliseconds: number) => {
      // Calls granted at once are recorded before time advances.
      await Promise.resolve();
      clock.advance(milliseconds);
      await turn();
    },
    kill: async (storeUnderWay: boolean) => {
      alive = {};
      db.crash({ storeUnderWay });
      const dead = limiter;
      limiter = start();
      void dead.close();
      await turn();
    },
  };
};

const worst = (granted: Calls, type: WindowType): number => worstWindow(granted, windowMs[type]);

const unitsSince = (calls: Calls, start: number): number =>
  calls.reduce((sum, [time, units]) => (time > start ? sum + units : sum), 0);

describe('MemoryRateLimiter over simulated hours', () => {
  it('60/min under 3 times random overload for 6 hours: at most 60 in any trailing minute, at least 97 % used', async () => {
    const { call, pass, granted, db, unleased } = world();
    const subject = aSubject({ minute: 60 });
    const random = seededRandom(1);
    for (let passed = 0; passed < 6 * windowMs.hour;) {
      const gap = Math.round(-Math.log(1 - random()) * (windowMs.minute / 180));
      await pass(gap);
      call([subject]);
      passed += gap;
    }
    expect(worst(granted, 'minute')).to.be.at.most(60);
    expect(granted.length).to.be.at.least(0.97 * 60 * 360);
    expect(unleased.permits).to.equal(0);
    // The cost: about one write a second while the row changes that often.
    expect(db.saves()).to.be.at.most(2 * 6 * 3_600);
    expect(db.mostAtOnce()).to.equal(1);
  });

  it('2,000/day and 100/min under 3 times overload: all 2,000 granted, on each of two days', async () => {
    const { call, pass, granted } = world();
    const subjects = [aSubject({ day: 2_000, minute: 100 }), aSubject({ minute: 100 }, 'tenant:geocoding')];
    const random = seededRandom(2);
    for (const day of [1, 2]) {
      for (let passed = 0; passed < 2 * windowMs.hour;) {
        const gap = Math.round(-Math.log(1 - random()) * (windowMs.minute / 300));
        await pass(gap);
        call(subjects);
        passed += gap;
      }
      expect(granted).to.have.length(2_000 * day);
      await pass(windowMs.day - windowMs.hour);
    }
    expect(worst(granted, 'minute')).to.be.at.most(100);
    expect(worst(granted, 'day')).to.equal(2_000);
  });

  it('limits that change every few minutes hold from the moment they change', async () => {
    const { call, pass, granted } = world();
    const random = seededRandom(3);
    let limit = 60;
    for (let second = 0; second < 3_600; second += 1) {
      if (second % 200 === 0) {
        if (second > 0) expect(worst(granted, 'minute'), 'all of the limit is used').to.equal(limit);
        limit = 10 + Math.floor(random() * 90);
        // Calls requested under the earlier limit are answered, and have left after a minute.
        for (const wait of [100, 100, 100, windowMs.minute]) await pass(wait);
        granted.length = 0;
      }
      for (let n = 0; n < 5; n += 1) call([aSubject({ minute: limit })]);
      await pass(1_000);
      expect(worst(granted, 'minute')).to.be.at.most(limit);
    }
  });

  it('killed every ten minutes or so, for 6 hours: never above the limit, and at least 90 % used', async () => {
    const { call, pass, kill, granted, unleased } = world();
    const subject = aSubject({ minute: 60, hour: 3_000 });
    const random = seededRandom(4);
    let kills = 0;
    for (let passed = 0; passed < 6 * windowMs.hour;) {
      const gap = Math.round(-Math.log(1 - random()) * (windowMs.minute / 180));
      await pass(gap);
      call([subject]);
      passed += gap;
      if (random() > 1 / 1_800) continue;
      await kill(random() < 0.5);
      kills += 1;
    }
    expect(kills).to.be.at.least(20);
    expect(worst(granted, 'minute')).to.be.at.most(60);
    expect(worst(granted, 'hour')).to.be.at.most(3_000);
    expect(granted.length).to.be.at.least(0.9 * 3_000 * 6);
    expect(unleased.permits).to.equal(0);
  });

  it('killed at any moment, under any load: never above a limit, and no more lost than was leased', async () => {
    const step = fc.record({
      gap: fc.oneof(fc.nat(5), fc.nat(400), fc.nat(windowMs.minute)),
      calls: fc.oneof(fc.nat(3), fc.nat(40)),
      cost: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3 })),
      kill: fc.oneof(
        { weight: 6, arbitrary: fc.constant('no' as const) },
        { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'stored' as const) },
      ),
    });
    const limits = fc.record({
      minute: fc.integer({ min: 1, max: 70 }),
      hour: fc.integer({ min: 1, max: 300 }),
    });
    const delays = fc.array(fc.constantFrom(0, 1, 5, 60, 200), { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(
      limits,
      delays,
      fc.array(step, { maxLength: 60 }),
      async (limit, wait, steps) => {
        let operation = 0;
        const { call, pass, kill, granted, db, limiter, clock } = world(
          () => wait[(operation += 1) % wait.length] ?? 0,
        );
        const subject = aSubject(limit);
        const lost: Calls = [];
        for (const { gap, calls, cost, kill: how } of steps) {
          await pass(gap);
          for (let n = 0; n < calls; n += 1) call([subject], cost);
          if (how === 'no') continue;
          await kill(how === 'stored');
          const leased = db.row(subject.subjectId, 'minute')?.leased ?? 0;
          const peek = limiter().peek([subject]);
          await pass(200);
          lost.push([clock.now(), leased]);
          for (const { window, used } of await peek) {
            const inside = (calls: Calls) => unitsSince(calls, clock.now() - windowMs[window]);
            expect(used).to.be.within(inside(granted), inside(granted) + inside(lost));
          }
        }
        await pass(1_000);
        expect(worst(granted, 'minute')).to.be.at.most(limit.minute);
        expect(worst(granted, 'hour')).to.be.at.most(limit.hour);
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});
