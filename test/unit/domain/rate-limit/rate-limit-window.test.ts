import { expect } from 'chai';
import fc from 'fast-check';
import {
  advance,
  canTake,
  capacityBy,
  delay,
  makeWindow,
  remaining,
  resetsAt,
  restore,
  retryAfter,
  setBack,
  snapshot,
  take,
  used,
} from '../../../../src/domain/rate-limit/rate-limit-window.ts';
import { windowMs, windowTypes, type WindowType } from '../../../../src/domain/rate-limit/quota.ts';
import { worstWindow } from '../../../support/reference-limiter.ts';

const MINUTE = windowMs.minute;
type Call = readonly [time: number, cost: number];

const insideAt = (calls: readonly Call[], type: WindowType, now: number): number =>
  calls.reduce((sum, [time, cost]) => (time > now - windowMs[type] && time <= now ? sum + cost : sum), 0);

/** Gaps short and long compared with the window, so that calls come together, one by one, and after everything left. */
const attempts = (type: WindowType) =>
  fc.array(
    fc.record({
      gap: fc.oneof(
        fc.constant(0),
        fc.nat(3),
        fc.nat(Math.floor(windowMs[type] / 20)),
        fc.integer({ min: windowMs[type] - 2, max: windowMs[type] + 2 }),
      ),
      cost: fc.oneof(fc.constant(1), fc.nat(6)),
    }),
    { maxLength: 120, size: 'max' },
  );

describe('RateLimitWindow', () => {
  for (const type of windowTypes)
    it(`against counting by hand (${type}): never too many, never refuses what fits, refusals change nothing`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 12 }), attempts(type), (limit, sequence) => {
          const window = makeWindow(type, limit);
          const granted: Call[] = [];
          let now = 1_795_348_800_000;
          for (const { gap, cost } of sequence) {
            now += gap;
            advance(window, now);
            const inside = insideAt(granted, type, now);
            expect(used(window)).to.equal(inside);
            expect(remaining(window)).to.equal(limit - inside);
            expect(canTake(window, cost)).to.equal(inside + cost <= limit);
            if (!canTake(window, cost)) {
              const before = snapshot(window);
              expect(retryAfter(window, cost)).to.be.greaterThan(0);
              expect(snapshot(window)).to.deep.equal(before);
              continue;
            }
            expect(retryAfter(window, cost)).to.equal(0);
            take(window, cost);
            granted.push([now, cost]);
          }
          expect(worstWindow(granted, windowMs[type])).to.be.at.most(limit);
        }),
      );
    });

  it('waits to the millisecond: the cost fits then and not one earlier', () => {
    const sequence = attempts('minute');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        sequence,
        fc.integer({ min: 1, max: 12 }),
        (limit, all, cost) => {
          const window = makeWindow('minute', limit);
          let now = 0;
          for (const attempt of all) {
            advance(window, (now += attempt.gap));
            if (canTake(window, attempt.cost)) take(window, attempt.cost);
          }
          const wait = retryAfter(window, cost);
          expect(wait === Number.POSITIVE_INFINITY).to.equal(cost > limit);
          if (cost > limit) return;
          advance(window, now + wait - 1);
          expect(canTake(window, cost)).to.equal(wait === 0);
          advance(window, now + wait);
          expect(canTake(window, cost)).to.equal(true);
        },
      ),
    );
  });

  it('the window is half open: a call at 0 s has left at exactly 60 s', () => {
    const window = makeWindow('minute', 1);
    advance(window, 0);
    take(window, 1);
    advance(window, MINUTE - 1);
    expect([canTake(window, 1), retryAfter(window, 1), resetsAt(window)]).to.deep.equal([false, 1, MINUTE]);
    advance(window, MINUTE);
    expect([canTake(window, 1), used(window), resetsAt(window)]).to.deep.equal([true, 0, MINUTE]);
  });

  it('a call counts as of its arrival, kept so by a snapshot, and shows when it leaves', () => {
    const window = makeWindow('minute', 1, 250);
    advance(window, 1_000);
    take(window, 1);
    expect([canTake(window, 1), retryAfter(window, 1)]).to.deep.equal([false, MINUTE + 250]);
    expect(resetsAt(window)).to.equal(1_250 + MINUTE);
    const restored = makeWindow('minute', 1, 250);
    restore(restored, snapshot(window), 1_000);
    for (const one of [window, restored]) {
      advance(one, 1_000 + MINUTE + 249);
      expect(canTake(one, 1)).to.equal(false);
      advance(one, 1_000 + MINUTE + 250);
      expect(canTake(one, 1)).to.equal(true);
    }
  });

  it('a call that was under way for longer counts as of the end of that, and the others as before', () => {
    const window = makeWindow('minute', 3, 250);
    for (const now of [1_000, 1_001, 1_002]) {
      advance(window, now);
      take(window, 1);
    }
    advance(window, 3_000);
    expect(delay(window, 1_001 + 250, 1)).to.equal(true);
    expect(snapshot(window).filter(([, units]) => units > 0)).to.deep.equal([
      [1_250, 1],
      [1_252, 1],
      [3_000, 1],
    ]);
    expect(used(window)).to.equal(3);
    advance(window, 1_252 + MINUTE);
    expect([used(window), retryAfter(window, 3)]).to.deep.equal([1, 3_000 - 1_252]);
  });

  it('a call that has left, or of which fewer units are counted, is not counted again when it ends late', () => {
    const window = makeWindow('minute', 5);
    advance(window, 1_000);
    take(window, 2);
    advance(window, 2_000);
    for (const [from, units] of [
      [1_001, 2],
      [1_000, 3],
    ] as const)
      expect(delay(window, from, units)).to.equal(false);
    expect(snapshot(window)).to.deep.equal([[1_000, 2]]);
    advance(window, 1_000 + MINUTE);
    expect(delay(window, 1_000, 2)).to.equal(false);
    expect(used(window)).to.equal(0);
  });

  it('a call that is not counted is not taken for the oldest when as many are counted as there is room for', () => {
    const window = makeWindow('minute', 20);
    for (let call = 1; call <= 16; call += 1) {
      advance(window, call);
      take(window, 1);
    }
    const before = snapshot(window);
    expect(delay(window, 17, 1)).to.equal(false);
    expect(snapshot(window)).to.deep.equal(before);
  });

  it('a call that was under way for longer is found also after many have come and gone', () => {
    const window = makeWindow('minute', 20);
    for (let call = 1; call <= 16; call += 1) {
      advance(window, call);
      take(window, 1);
    }
    advance(window, 16 + MINUTE);
    take(window, 1);
    expect(delay(window, 10, 1)).to.equal(true);
    advance(window, 17 + MINUTE);
    expect(delay(window, 16 + MINUTE, 1)).to.equal(true);
    expect(snapshot(window).filter(([, units]) => units > 0)).to.deep.equal([[17 + MINUTE, 1]]);
  });

  it('calls stay in order when they arrive sooner than those before', () => {
    const window = makeWindow('minute', 3, 250);
    advance(window, 1_000);
    take(window, 1);
    window.arrivalMs = 0;
    advance(window, 1_100);
    take(window, 1);
    expect(snapshot(window)).to.deep.equal([[1_250, 2]]);
  });

  it('a limit of zero refuses everything and for ever', () => {
    const window = makeWindow('day', 0);
    advance(window, 5);
    expect([canTake(window, 0), canTake(window, 1)]).to.deep.equal([false, false]);
    expect([retryAfter(window, 0), retryAfter(window, 1)]).to.deep.equal([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('a clock that steps back is held at the largest time seen', () => {
    const window = makeWindow('minute', 1);
    advance(window, 100_000);
    take(window, 1);
    advance(window, 20_000);
    expect([used(window), retryAfter(window, 1), resetsAt(window)]).to.deep.equal([1, MINUTE, 160_000]);
    advance(window, 160_000);
    expect(used(window)).to.equal(0);
  });

  it('calls counted before the clock itself was set back count as made then', () => {
    const window = makeWindow('minute', 5, 250);
    for (const at of [40_000, 100_000]) {
      advance(window, at);
      take(window, 2);
    }
    setBack(window, 60_000);
    take(window, 1);
    expect(snapshot(window)).to.deep.equal([
      [40_250, 2],
      [60_250, 3],
    ]);
    advance(window, 60_250 + MINUTE);
    expect(used(window)).to.equal(0);
  });

  it('a lowered limit refuses until enough has left, a raised one grants at once', () => {
    const window = makeWindow('minute', 10);
    for (let second = 0; second < 10; second += 1) {
      advance(window, second * 1_000);
      take(window, 1);
    }
    window.limit = 4;
    expect([canTake(window, 1), remaining(window), retryAfter(window, 1)]).to.deep.equal([
      false,
      0,
      6_000 + MINUTE - 9_000,
    ]);
    window.limit = 12;
    expect([canTake(window, 2), canTake(window, 3)]).to.deep.equal([true, false]);
  });

  it('tells how much could be taken by a later time', () => {
    const window = makeWindow('minute', 3);
    for (const time of [0, 1_000, 2_000]) {
      advance(window, time);
      take(window, 1);
    }
    const at = [2_000, MINUTE - 1, MINUTE, MINUTE + 1_500, MINUTE * 2];
    expect(at.map((time) => capacityBy(window, time))).to.deep.equal([0, 0, 1, 2, 3]);
  });

  it('does not count again what has left, though its place in the log is not written over yet', () => {
    const window = makeWindow('minute', 16);
    for (let second = 0; second < 16; second += 1) {
      advance(window, second * 1_000);
      take(window, 1);
    }
    advance(window, MINUTE);
    expect(capacityBy(window, MINUTE * 2)).to.equal(16);
  });

  it('keeps every millisecond apart up to a limit of 4,096, and shares slots from there on', () => {
    const lengthAt = (limit: number): number => {
      const window = makeWindow('month', limit);
      for (const now of [0, 1]) {
        advance(window, now);
        take(window, 1);
      }
      return window.log.length;
    };
    expect([lengthAt(4_096), lengthAt(4_097)]).to.deep.equal([2, 1]);
  });

  it('a limit of millions keeps to it, in bounded memory, and loses at most 1/4096 of the window', () => {
    const limit = 2_000_000;
    const window = makeWindow('month', limit);
    const granted: Call[] = [];
    const gap = Math.floor(windowMs.month / 60_000);
    for (let call = 0; call < 130_000; call += 1) {
      advance(window, call * gap);
      if (!canTake(window, 40)) continue;
      take(window, 40);
      granted.push([call * gap, 40]);
    }
    expect(worstWindow(granted, windowMs.month)).to.be.at.most(limit);
    expect(window.log.length).to.be.at.most(4_097);
    // 1.5 times overload: once the window has filled, all but the slot that is held too long is used.
    const lastMonth = granted.filter(([time]) => time > (130_000 - 60_000) * gap);
    expect(lastMonth.length * 40).to.be.at.least(limit * (1 - 2 / 4_096));
  });

  it('merged slots count until their last call has left (random times, one slot’s worth of limit)', () => {
    const times = fc.array(fc.nat(40), { minLength: 1, maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(times, (gaps) => {
        const window = makeWindow('minute', 5_000);
        const granted: Call[] = [];
        let now = 0;
        for (const gap of gaps) {
          advance(window, (now += gap * 500));
          if (!canTake(window, 1_700)) continue;
          take(window, 1_700);
          granted.push([now, 1_700]);
        }
        expect(worstWindow(granted, MINUTE)).to.be.at.most(5_000);
      }),
    );
  });

  it('gives the same answers after it is restored from a snapshot', () => {
    fc.assert(
      fc.property(attempts('hour'), fc.nat(windowMs.hour), (sequence, later) => {
        const first = makeWindow('hour', 9);
        let now = 0;
        for (const { gap, cost } of sequence) {
          advance(first, (now += gap));
          if (canTake(first, cost)) take(first, cost);
        }
        const second = makeWindow('hour', 9);
        restore(second, snapshot(first), now + later);
        advance(first, now + later);
        expect(snapshot(second)).to.deep.equal(snapshot(first));
        for (const cost of [0, 1, 5, 9]) expect(retryAfter(second, cost)).to.equal(retryAfter(first, cost));
      }),
    );
  });

  it('a shortened snapshot never lets a call leave early, and at most its slot late', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(900), { minLength: 30, maxLength: 200, size: 'max' }),
        fc.nat(90_000),
        (gaps, later) => {
          const exact = makeWindow('minute', 4_000);
          let now = 0;
          for (const gap of gaps) {
            advance(exact, (now += gap));
            take(exact, 2);
          }
          const pairs = snapshot(exact, 20);
          const short = makeWindow('minute', 4_000);
          restore(short, pairs, now);
          expect(used(short)).to.equal(used(exact));
          expect(pairs.length).to.be.at.most(21);
          advance(short, now + later);
          advance(exact, now + later - MINUTE / 20);
          expect(used(short)).to.be.at.most(used(exact));
          advance(exact, now + later);
          expect(used(short)).to.be.at.least(used(exact));
        },
      ),
    );
  });

  it('shortens a snapshot only when it has more entries than asked for', () => {
    const window = makeWindow('minute', 10);
    for (const now of [0, 1, 2]) {
      advance(window, now);
      take(window, 1);
    }
    const each = [
      [0, 1],
      [1, 1],
      [2, 1],
    ];
    expect(snapshot(window, 4)).to.deep.equal(each);
    expect(snapshot(window, 3)).to.deep.equal(each);
    expect(snapshot(window, 2)).to.deep.equal([[2, 3]]);
  });

  it('orders restored calls, given in any order, among those counted meanwhile', () => {
    const window = makeWindow('minute', 10);
    for (const now of [20_000, 50_000]) {
      advance(window, now);
      take(window, 1);
    }
    restore(
      window,
      [
        [30_000, 2],
        [10_000, 1],
      ],
      50_000,
    );
    expect(snapshot(window)).to.deep.equal([
      [10_000, 1],
      [20_000, 1],
      [30_000, 2],
      [50_000, 1],
    ]);
  });

  it('merges restored calls with those counted meanwhile and treats a future time as now', () => {
    const window = makeWindow('minute', 10);
    advance(window, 50_000);
    take(window, 1);
    restore(
      window,
      [
        [-10_000, 5],
        [20_000, 2],
        [50_000, 1],
        [90_000, 3],
        [30_000, 0],
      ],
      50_000,
    );
    expect(snapshot(window)).to.deep.equal([
      [20_000, 2],
      [50_000, 5],
    ]);
  });
});
