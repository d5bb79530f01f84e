import { expect } from 'chai';
import fc from 'fast-check';
import {
  applyShareLimits,
  beginPush,
  canTakeLocally,
  delayLocal,
  delayOwn,
  hasUnreported,
  storeAnswered,
  requestSent,
  openShare,
  pushArrived,
  pushInDoubt,
  takeLocally,
  takeOwn,
  type ReplicaShare,
} from '../../../../src/domain/rate-limit/replica-share.ts';
import {
  countedCalls,
  ownUnits,
  SILENT_AFTER_MS,
  unspent,
  type ShareWindow,
} from '../../../../src/domain/rate-limit/share-window.ts';
import { used } from '../../../../src/domain/rate-limit/rate-limit-window.ts';
import { aSubject } from '../../../support/quota-subjects.ts';
import { worstWindow } from '../../../support/reference-limiter.ts';

const MINUTE = 60_000;
const T0 = 1_000_000;
/** Grants without the store are reported to it with this delay. */
const CLOCK_LAG_MS = 60;
/** Calls within one slot, a 4096th of a minute, share an entry. */
const A_SLOT_MS = MINUTE / 4_096;

const shareOf = (limit: number): { readonly share: ReplicaShare; readonly minute: ShareWindow } => {
  const share = openShare(aSubject({}));
  applyShareLimits(share, aSubject({ minute: limit }));
  const [minute] = share.limited;
  if (minute === undefined) throw new Error('no window');
  return { share, minute };
};

/** Takes one after the other until it is refused. */
const takeAll = (share: ReplicaShare, now: number): number => {
  let taken = 0;
  for (; canTakeLocally(share, 1, now); taken += 1) takeLocally(share, 1, now);
  return taken;
};

describe('share of a replica', () => {
  it('is nothing as long as the store has told nothing', () => {
    expect(takeAll(shareOf(10).share, T0)).to.equal(0);
    expect(hasUnreported(openShare(aSubject({})))).to.equal(false);
  });

  it('is what the store holds back for it', () => {
    const { share } = shareOf(100);
    storeAnswered(share, [7]);
    share.seenUntil = T0;
    expect([takeAll(share, T0 + 10), takeAll(share, T0 + 20)]).to.deep.equal([7, 0]);
    expect(takeAll(share, T0 + 10 + MINUTE)).to.equal(7);
  });

  it('is, besides, its own calls, as they leave the window', () => {
    const { share } = shareOf(100);
    takeOwn(share, 3, T0);
    takeOwn(share, 2, T0 + 30_000);
    storeAnswered(share, [0]);
    share.seenUntil = T0 + 30_000;
    expect(takeAll(share, T0 + 31_000)).to.equal(0);
    expect(takeAll(share, T0 + MINUTE + 1)).to.equal(3);
    expect(takeAll(share, T0 + 30_000 + MINUTE + 1)).to.equal(2);
  });

  describe('of a limit that is lowered while the store is away', () => {
    it('is the same part of the new one, however much of it is used', () => {
      for (const spent of [0, 4, 20]) {
        const { share } = shareOf(40);
        takeOwn(share, 10, T0);
        storeAnswered(share, [10]);
        share.seenUntil = T0;
        for (let n = 0; n < spent; n += 1) takeLocally(share, 1, T0 + MINUTE);
        applyShareLimits(share, aSubject({ minute: 20 }));
        expect(takeAll(share, T0 + MINUTE + 1)).to.equal(Math.max(0, 10 - spent));
        expect(takeAll(share, T0 + 2 * MINUTE + 1)).to.equal(10);
        applyShareLimits(share, aSubject({ minute: 30 }));
        applyShareLimits(share, aSubject({ minute: 10 }));
        expect(takeAll(share, T0 + 4 * MINUTE)).to.be.within(3, 5);
      }
    });

    it('is also the same part of it where the store is uncertain of what it was told meanwhile', () => {
      const { share } = shareOf(40);
      storeAnswered(share, [20]);
      share.seenUntil = T0;
      expect(takeAll(share, T0)).to.equal(20);
      applyShareLimits(share, aSubject({ minute: 20 }));
      beginPush(share);
      pushInDoubt(share, T0 + 1);
      share.seenUntil = T0 + 1;
      expect(takeAll(share, T0 + MINUTE + 100)).to.equal(10);
    });

    it('is less still where all replicas together have used more than it before the store told', () => {
      const { share } = shareOf(20);
      takeOwn(share, 15, T0);
      storeAnswered(share, [0], [30]);
      share.seenUntil = T0;
      expect(takeAll(share, T0 + MINUTE)).to.equal(10);
    });

    it('is what the store says as soon as it is available again', () => {
      const { share } = shareOf(40);
      storeAnswered(share, [20]);
      share.seenUntil = T0;
      applyShareLimits(share, aSubject({ minute: 20 }));
      expect(canTakeLocally(share, 1, T0)).to.equal(true);
      storeAnswered(share, [20]);
      expect(takeAll(share, T0)).to.equal(20);
    });
  });

  it('counts its calls as of their arrival, as the store does', () => {
    const share = openShare(aSubject({}));
    applyShareLimits(share, { ...aSubject({ minute: 100 }), arrivalMs: 250 });
    storeAnswered(share, [5]);
    share.seenUntil = T0;
    expect(takeAll(share, T0 + 10)).to.equal(5);
    expect(takeAll(share, T0 + 10 + MINUTE + 249)).to.equal(0);
    expect(takeAll(share, T0 + 10 + MINUTE + 250)).to.equal(5);
  });

  it('counts a call that was in transit for longer from the end of its transit, whoever granted it', () => {
    const share = openShare(aSubject({}));
    applyShareLimits(share, { ...aSubject({ minute: 100 }), arrivalMs: 250 });
    takeOwn(share, 1, T0);
    storeAnswered(share, [1]);
    share.seenUntil = T0;
    expect(takeAll(share, T0 + 10)).to.equal(1);
    delayOwn(share, T0 + 250, 1, T0 + 4_000);
    delayLocal(share, T0 + 10 + 250, 1, T0 + 5_000);
    const unitsAt = (now: number): number => ownUnits(share.limited[0] as ShareWindow, now);
    expect(
      [MINUTE + 3_999, MINUTE + 4_000, MINUTE + 5_000].map((later) => unitsAt(T0 + later)),
    ).to.deep.equal([2, 1, 0]);
  });

  describe('of a window whose calls share slots', () => {
    const DAY = 86_400_000;
    const shareOfDay = (): { readonly share: ReplicaShare; readonly day: ShareWindow } => {
      const share = openShare(aSubject({}));
      applyShareLimits(share, aSubject({ day: 100_000 }));
      return { share, day: share.limited[0] as ShareWindow };
    };

    it('tells the calls that no row knows yet by themselves, and the others in their slot', () => {
      const { share, day } = shareOfDay();
      // A slot has 21 s, and one begins here.
      const begin = Math.ceil(T0 / (DAY / 4_096)) * (DAY / 4_096);
      for (const later of [0, 1_000, 16_500, 17_000]) takeOwn(share, 1, begin + later);
      expect(ownUnits(day, begin + 17_000)).to.equal(4);
      expect(countedCalls(day)).to.deep.equal([
        [begin + 1_000, 2],
        [begin + 16_500, 1],
        [begin + 17_000, 1],
      ]);
    });

    it('counts each call once and never for too short a time, whatever becomes of it', () => {
      const step = fc.record({ wait: fc.nat(20_000), late: fc.option(fc.nat(5)) });
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
          const { share, day } = shareOfDay();
          const made: number[] = [];
          let now = T0;
          for (const { wait, late } of steps) {
            now += wait;
            const from = late === null ? undefined : made.at(-1 - late);
            if (from === undefined) made.push(now);
            else made[made.indexOf(from)] = now;
            if (from === undefined) takeOwn(share, 1, now);
            else delayOwn(share, from, 1, now);
            expect(ownUnits(day, now)).to.equal(made.length);
          }
          expect(ownUnits(day, Math.min(...made) + DAY - 1)).to.equal(made.length);
          expect(ownUnits(day, now + DAY)).to.equal(0);
        }),
      );
    });

    it('lets each leave at its own time, also when calls granted without the store are reported', () => {
      const wait = fc.oneof(fc.nat(20_000), fc.constant(90_000));
      const step = fc.record({ wait, kind: fc.constantFrom('store', 'local', 'limit') });
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
          const { share, minute } = shareOf(100_000);
          const made: number[] = [];
          let now = T0;
          const act = {
            store: () => takeOwn(share, 1, now),
            local: () => {
              storeAnswered(share, [minute.limit]);
              takeLocally(share, 1, now);
              beginPush(share);
              pushArrived(share, (now += CLOCK_LAG_MS));
            },
            limit: () => applyShareLimits(share, aSubject({ minute: minute.limit === 100 ? 100_000 : 100 })),
          };
          for (const { wait: waited, kind } of steps) {
            now += waited;
            act[kind]();
            if (kind !== 'limit') made.push(now);
            const since = (ms: number): number => made.filter((time) => time > now - ms).length;
            expect(ownUnits(minute, now)).to.be.within(since(MINUTE), since(MINUTE + A_SLOT_MS));
          }
        }),
      );
    });

    it("counts them as of a store's clock that was set back", () => {
      const { share, day } = shareOfDay();
      for (const later of [0, 20_000]) takeOwn(share, 1, T0 + later);
      const earlier = T0 - 3_600_000;
      const unitsAt = [earlier, earlier + DAY - 1, earlier + DAY].map((now) => ownUnits(day, now));
      expect(unitsAt).to.deep.equal([2, 2, 0]);
    });
  });

  it('grants again for calls in transit for longer once those have left, not before', () => {
    const { share } = shareOf(100);
    storeAnswered(share, [1]);
    share.seenUntil = T0;
    expect(takeAll(share, T0)).to.equal(1);
    delayLocal(share, T0, 1, T0 + 5_000);
    expect(takeAll(share, T0 + 5_000 + MINUTE - 1)).to.equal(0);
    expect(takeAll(share, T0 + 5_000 + MINUTE)).to.equal(1);
  });

  it('counts one call as under way for longer, not also its like that is on its way to the store', () => {
    const { share, minute } = shareOf(100);
    storeAnswered(share, [2]);
    share.seenUntil = T0;
    takeLocally(share, 1, T0);
    beginPush(share);
    takeLocally(share, 1, T0);
    delayLocal(share, T0, 1, T0 + 5_000);
    expect(ownUnits(minute, T0 + 4_999 + MINUTE)).to.equal(1);
  });

  it('knows what is under way for longer also where nothing is counted without the store any more', () => {
    const { share, minute } = shareOf(100);
    takeOwn(share, 1, T0);
    delayLocal(share, T0, 1, T0 + 5_000);
    expect([4_999, 5_000].map((later) => ownUnits(minute, T0 + later + MINUTE))).to.deep.equal([1, 0]);
  });

  describe('of calls that were granted without the store', () => {
    const DAY = 86_400_000;
    const told = (): { readonly share: ReplicaShare; readonly day: ShareWindow } => {
      const share = openShare(aSubject({}));
      applyShareLimits(share, aSubject({ day: 100 }));
      storeAnswered(share, [3]);
      share.seenUntil = T0;
      for (let call = 0; call < 3; call += 1) takeLocally(share, 1, T0);
      beginPush(share);
      pushArrived(share, T0 + 5_000);
      return { share, day: share.limited[0] as ShareWindow };
    };
    const pushOne = (share: ReplicaShare, now: number): void => {
      takeLocally(share, 1, now);
      beginPush(share);
      pushArrived(share, now);
    };
    const apartAt = (day: ShareWindow, now: number): readonly [apart: number, all: number] => {
      const all = ownUnits(day, now);
      return [day.reported.reduce((sum, { log }) => sum + used(log), 0), all];
    };

    it('keeps them separate for 75 seconds after the store was told of them: no row may include them yet', () => {
      const { share, day } = told();
      expect(day.reported.map(({ at }) => at)).to.deep.equal([T0 + 5_000]);
      beginPush(share);
      pushArrived(share, T0 + 19_000);
      expect([79_999, 80_000].map((later) => apartAt(day, T0 + later))).to.deep.equal([
        [3, 3],
        [0, 3],
      ]);
      expect(countedCalls(day)).to.deep.equal([[T0 + CLOCK_LAG_MS, 3]]);
      expect(ownUnits(day, T0 + CLOCK_LAG_MS + DAY)).to.equal(0);
    });

    it('keeps separate those that the store was told of five seconds later, and only those: a row may be written in between', () => {
      const { share, day } = told();
      for (const later of [9_999, 10_000, 40_000]) {
        share.seenUntil = T0 + later;
        pushOne(share, T0 + later);
      }
      const batches = day.reported.map(({ at, log }) => [at - T0, used(log)]);
      expect(batches).to.deep.equal([
        [9_999, 4],
        [10_000, 1],
        [40_000, 1],
      ]);
      expect([84_998, 84_999, 85_000].map((later) => apartAt(day, T0 + later))).to.deep.equal([
        [6, 6],
        [2, 6],
        [1, 6],
      ]);
    });

    it('keeps few such batches, however often the store is told of some', () => {
      const { share, day } = told();
      for (let later = 5_100; later < 200_000; later += 100) pushOne(share, T0 + later);
      ownUnits(day, T0 + 200_000);
      expect(day.reported).to.have.lengthOf.within(15, 16);
    });

    it('lets them leave at their own time, also while they are kept separate', () => {
      const { share, minute } = shareOf(100);
      storeAnswered(share, [4]);
      share.seenUntil = T0;
      for (const later of [0, 50_000]) takeLocally(share, 2, T0 + later);
      beginPush(share);
      pushArrived(share, T0 + 58_000);
      const left = [-1, 0].map((more) => ownUnits(minute, T0 + MINUTE + CLOCK_LAG_MS + more));
      expect(left).to.deep.equal([4, 2]);
    });

    it('counts one that was under way for longer as of the end of that', () => {
      const { share, day } = told();
      delayLocal(share, T0, 1, T0 + 8_000);
      expect(apartAt(day, T0 + 8_000)).to.deep.equal([3, 3]);
      expect([7_999, 8_000].map((later) => ownUnits(day, T0 + DAY + later))).to.deep.equal([1, 0]);
    });

    it("tells them apart for so long also where the store's clock was set back", () => {
      const { day } = told();
      const back = T0 - DAY;
      expect([0, 74_999, 75_000].map((later) => apartAt(day, back + later))).to.deep.equal([
        [3, 3],
        [3, 3],
        [0, 3],
      ]);
    });
  });

  it('omits calls that the store may have dropped before it noticed that this replica was missing', () => {
    const { share } = shareOf(100);
    takeOwn(share, 3, T0 + SILENT_AFTER_MS);
    takeOwn(share, 2, T0 + SILENT_AFTER_MS + 1);
    storeAnswered(share, [0]);
    share.seenUntil = T0 + MINUTE;
    expect(takeAll(share, T0 + MINUTE + 1)).to.equal(0);
    expect(takeAll(share, T0 + 2 * MINUTE)).to.equal(2);
  });

  it('also omits them when it tries to reach the store again, which may drop them meanwhile', () => {
    const { share } = shareOf(100);
    takeOwn(share, 3, T0);
    storeAnswered(share, [0]);
    share.seenUntil = T0;
    expect(takeAll(share, T0 + 1)).to.equal(0);
    share.seenUntil = T0 + MINUTE;
    expect(takeAll(share, T0 + 2 * MINUTE)).to.equal(0);
  });

  describe("when the store's clock was set back", () => {
    const BACK = T0 - 10 * MINUTE;
    const used30 = () => {
      const { share, minute } = shareOf(100);
      takeOwn(share, 30, T0);
      requestSent(share, T0 + 250);
      requestSent(share, BACK + 250);
      takeOwn(share, 5, BACK);
      storeAnswered(share, [0]);
      return { share, minute };
    };

    it('treats them as counted then, and does not wait until the clock has caught up', () => {
      const { minute } = used30();
      expect([MINUTE - 1, MINUTE].map((later) => ownUnits(minute, BACK + later))).to.deep.equal([35, 0]);
    });

    it('follows the calls since then, as they leave the window', () => {
      const { share } = used30();
      takeOwn(share, 2, BACK + 30_000);
      requestSent(share, BACK + 30_250);
      expect(takeAll(share, BACK + 31_000)).to.equal(0);
      expect(takeAll(share, BACK + MINUTE)).to.equal(35);
      expect(takeAll(share, BACK + 30_000 + MINUTE)).to.equal(2);
    });

    it('keeps to what it may grant also where that happened while it counted without the store', () => {
      const { share } = shareOf(100);
      storeAnswered(share, [7]);
      requestSent(share, T0);
      expect([takeAll(share, T0), takeAll(share, BACK)]).to.deep.equal([7, 0]);
      expect([takeAll(share, BACK + MINUTE - 1), takeAll(share, BACK + MINUTE)]).to.deep.equal([0, 7]);
    });

    it('waits for a step of less than a second, and for a clock that is not known', () => {
      const { share, minute } = shareOf(100);
      takeOwn(share, 3, T0);
      expect([T0 - 1_000 + MINUTE, T0 + MINUTE].map((at) => ownUnits(minute, at))).to.deep.equal([3, 0]);
      for (const deadline of [T0, T0 - 1_000, 0]) requestSent(share, deadline);
      expect(share.seenUntil).to.equal(T0);
      requestSent(share, T0 - 1_001);
      expect(share.seenUntil).to.equal(T0 - 1_001);
    });
  });

  it('is what the store said last', () => {
    const { share } = shareOf(100);
    storeAnswered(share, [0]);
    share.seenUntil = T0;
    expect(takeAll(share, T0)).to.equal(0);
    storeAnswered(share, [2]);
    expect(takeAll(share, T0 + 1)).to.equal(2);
  });

  it('does not grow by attempts to reach the store whose fate is unknown', () => {
    const { share } = shareOf(100);
    takeOwn(share, 4, T0);
    storeAnswered(share, [3]);
    share.seenUntil = T0 + 10;
    expect(takeAll(share, T0 + 20)).to.equal(3);
    share.seenUntil = T0 + 30;
    beginPush(share);
    pushInDoubt(share, T0 + 40);
    expect(takeAll(share, T0 + 50)).to.equal(0);
    expect(takeAll(share, T0 + 2 * MINUTE)).to.equal(7);
  });

  it('never grants more than its part of the limit of now', () => {
    const { share } = shareOf(100);
    storeAnswered(share, [50]);
    share.seenUntil = T0;
    expect(takeAll(share, T0)).to.equal(50);
    applyShareLimits(share, aSubject({ minute: 20 }));
    expect(takeAll(share, T0 + 1)).to.equal(0);
    expect(takeAll(share, T0 + MINUTE + 1)).to.equal(10);
  });

  it('takes all windows of a subject or none', () => {
    const { share } = shareOf(100);
    applyShareLimits(share, aSubject({ minute: 100, day: 100 }));
    storeAnswered(share, [5, 2]);
    share.seenUntil = T0;
    expect(takeAll(share, T0)).to.equal(2);
    expect(share.limited.map(unspent)).to.deep.equal([3, 0]);
  });

  it('tells the store of what it granted, once it has arrived', () => {
    const { share, minute } = shareOf(100);
    storeAnswered(share, [5]);
    share.seenUntil = T0;
    takeAll(share, T0);
    expect([hasUnreported(share), ownUnits(minute, T0)]).to.deep.equal([true, 5]);
    beginPush(share);
    pushArrived(share, T0 + 100);
    storeAnswered(share, [6]);
    expect([hasUnreported(share), ownUnits(minute, T0 + 100), unspent(minute)]).to.deep.equal([false, 5, 6]);
  });

  it('reports again what may not have arrived, with what was granted since', () => {
    const { share, minute } = shareOf(100);
    takeOwn(share, 1, T0);
    storeAnswered(share, [5]);
    share.seenUntil = T0;
    takeLocally(share, 2, T0);
    beginPush(share);
    expect(hasUnreported(share), 'on its way').to.equal(true);
    takeLocally(share, 3, T0 + 10);
    expect(ownUnits(minute, T0 + 10)).to.equal(6);
    pushInDoubt(share, T0 + 20);
    beginPush(share);
    expect(used(minute.pushing)).to.equal(5);
    pushArrived(share, T0 + 30);
    expect([hasUnreported(share), ownUnits(minute, T0 + 30)]).to.deep.equal([false, 6]);
  });

  it('has something to tell when one of its windows has', () => {
    const { share } = shareOf(100);
    storeAnswered(share, [5]);
    share.seenUntil = T0;
    takeLocally(share, 1, T0);
    applyShareLimits(share, aSubject({ minute: 100, day: 100 }));
    expect(hasUnreported(share)).to.equal(true);
  });

  it('is not replaced by what the store said before it knew of all', () => {
    const { share, minute } = shareOf(100);
    storeAnswered(share, [5]);
    share.seenUntil = T0;
    takeAll(share, T0);
    storeAnswered(share, [9]);
    expect([unspent(minute), takeAll(share, T0 + 1)]).to.deep.equal([0, 0]);
  });

  it('stays within what it had at the start through any course without the store', () => {
    const step = fc.record({ gap: fc.nat(20_000), calls: fc.nat(5), attempt: fc.boolean() });
    const course = fc.record({
      own: fc.array(fc.record({ ago: fc.nat(MINUTE - 1), units: fc.integer({ min: 1, max: 4 }) }), {
        maxLength: 8,
      }),
      reserved: fc.nat(10),
      steps: fc.array(step, { maxLength: 40 }),
    });
    fc.assert(
      fc.property(course, ({ own, reserved, steps }) => {
        const { share } = shareOf(1_000);
        const calls: (readonly [number, number])[] = own
          .map(({ ago, units }) => [T0 - ago, units] as const)
          .toSorted(([a], [b]) => a - b);
        for (const [time, units] of calls) takeOwn(share, units, time);
        const had = calls.reduce((sum, [, units]) => sum + units, 0);
        storeAnswered(share, [reserved]);
        share.seenUntil = T0;
        let now = T0;
        for (const { gap, calls: wanted, attempt } of steps) {
          now += gap;
          if (attempt) {
            share.seenUntil = now;
            beginPush(share);
            pushInDoubt(share, now);
          }
          for (let call = 0; call < wanted && canTakeLocally(share, 1, now); call += 1) {
            takeLocally(share, 1, now);
            calls.push([now, 1]);
          }
        }
        expect(worstWindow(calls, MINUTE)).to.be.at.most(had + reserved);
      }),
    );
  });
});
