import { expect } from 'chai';
import fc from 'fast-check';
import {
  windowMs,
  windowTypes,
  type QuotaGranted,
  type QuotaLimits,
  type QuotaRefused,
  type QuotaSubject,
} from '../../src/domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../src/domain/rate-limit/rate-limiter.ts';
import { isLeft, isRight } from '../../src/domain/shared/fp.ts';
import { aSubject } from '../support/quota-subjects.ts';
import { referenceLimiter } from '../support/reference-limiter.ts';
import { until } from '../support/until.ts';

/** An adapter, and the hooks by which a suite moves its time, whatever keeps that time: it never runs by itself. */
export type LimiterUnderTest = {
  readonly limiter: RateLimiter;
  /** The limiter's own time, epoch milliseconds. */
  readonly now: () => Promise<number>;
  /** Advances the limiter's time: a fixed clock, an offset in a script, or stored entries shifted back. */
  readonly advance: (milliseconds: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

const MINUTE = windowMs.minute;
const timesTheLimits = (subject: QuotaSubject, factor: number): QuotaSubject => ({
  ...subject,
  limits: Object.fromEntries(
    Object.entries(subject.limits).map(([type, limit]) => [type, limit * factor]),
  ) as QuotaLimits,
});

let made = 0;
/** A subject that no other test of this run has used: `make` gives each test its own store, or its own names in one. */
const fresh = (limits: QuotaLimits, tenant?: string): QuotaSubject =>
  aSubject(limits, `service-${(made += 1)}`, tenant);

/** The rules for every `RateLimiter`. `make` is called once for each test. */
export const describeRateLimiter = (name: string, make: () => Promise<LimiterUnderTest>): void => {
  describe(`${name} as a RateLimiter`, () => {
    let sut: LimiterUnderTest;
    beforeEach(async () => {
      sut = await make();
    });
    afterEach(() => sut.stop());

    const grants = async (subjects: readonly QuotaSubject[], cost = 1): Promise<boolean> =>
      isRight(await sut.limiter.take(subjects, cost));
    const refusal = async (subjects: readonly QuotaSubject[], cost = 1): Promise<QuotaRefused> => {
      const outcome = await sut.limiter.take(subjects, cost);
      if (isRight(outcome)) throw new Error('granted where a refusal was expected');
      return outcome.left;
    };
    const usedOf = async (subjects: readonly QuotaSubject[]) =>
      (await sut.limiter.peek(subjects)).map(({ window, used }) => [window, used]);

    it('grants calls up to the limit, then reports the window and the wait', async () => {
      const subject = fresh({ minute: 3 });
      for (let call = 0; call < 3; call += 1) expect(await grants([subject])).to.equal(true);
      await sut.advance(10_000);
      const refused = await refusal([subject]);
      expect(refused.kind).to.equal('quota-refused');
      expect(refused.by).to.include({ subjectId: subject.subjectId, window: 'minute', limit: 3, used: 3 });
      expect(refused.retryAfterMs).to.equal(50_000);
    });

    it('grants again once the first call has left the trailing window, not before', async () => {
      const subject = fresh({ minute: 2 });
      await grants([subject]);
      await sut.advance(20_000);
      await grants([subject]);
      await sut.advance(MINUTE - 20_000 - 1);
      expect(await grants([subject])).to.equal(false);
      await sut.advance(1);
      expect([await grants([subject]), await grants([subject])]).to.deep.equal([true, false]);
      await sut.advance(20_000);
      expect([await grants([subject]), await grants([subject])]).to.deep.equal([true, false]);
    });

    it('has no window boundary at which two bursts pass', async () => {
      const subject = fresh({ minute: 10 });
      await sut.advance(MINUTE - ((await sut.now()) % MINUTE) - 1_000);
      for (let call = 0; call < 10; call += 1) await grants([subject]);
      await sut.advance(2_000);
      expect(await grants([subject])).to.equal(false);
    });

    for (const type of windowTypes)
      it(`counts a ${type} as ${windowMs[type] / 1_000} s`, async () => {
        const subject = fresh({ [type]: 1 });
        await grants([subject]);
        await sut.advance(windowMs[type] - 1);
        expect(await grants([subject])).to.equal(false);
        await sut.advance(1);
        expect(await grants([subject])).to.equal(true);
      });

    it('counts a call that may arrive late for that much longer, and grants a waiting call after the reported wait', async () => {
      const subject = { ...fresh({ minute: 2 }), arrivalMs: 1_000 };
      expect(await grants([subject], 2)).to.equal(true);
      const refused = await refusal([subject]);
      expect(refused.retryAfterMs).to.equal(MINUTE + 1_000);
      expect(refused.by.resetsAt).to.equal((await sut.now()) + MINUTE + 1_000);
      await sut.advance(MINUTE + 1_000 - 1);
      expect(await grants([subject])).to.equal(false);
      await sut.advance((await refusal([subject])).retryAfterMs);
      expect(await grants([subject], 2)).to.equal(true);
      await sut.advance((await refusal([subject])).retryAfterMs);
      expect(await grants([subject], 2)).to.equal(true);
    });

    it('counts a call that was in transit even longer from the end of its transit', async () => {
      const subject = { ...fresh({ minute: 2, day: 10 }), arrivalMs: 250 };
      const granted = await sut.limiter.take([subject, fresh({ minute: 2 })], 1);
      if (isLeft(granted)) throw new Error('refused where a grant was expected');
      expect(await grants([subject])).to.equal(true);
      await sut.advance(2_000);
      sut.limiter.arrivedLate(granted.right);
      expect(await usedOf([subject])).to.deep.equal([
        ['minute', 2],
        ['day', 2],
      ]);
      await sut.advance(MINUTE - 2_000 + 250);
      // The second call has left the window, the first has not yet.
      expect([await grants([subject]), await grants([subject])]).to.deep.equal([true, false]);
      await sut.advance(2_000 - 250);
      expect(await grants([subject])).to.equal(true);
    });

    for (const [order, late, wait] of [
      ['the oldest last', [1, 0], 0],
      ['the oldest first', [0, 1], 0],
      ['and the oldest leaves', [1], windowMs.hour - 14 * MINUTE],
    ] as const)
      it(`reports when the oldest call leaves among those not in transit for longer: ${order}`, async () => {
        const subject = { ...fresh({ hour: 5 }), arrivalMs: 250 };
        const granted: QuotaGranted[] = [];
        let thirdAt = 0;
        for (let call = 0; call < 3; call += 1) {
          thirdAt = await sut.now();
          const outcome = await sut.limiter.take([subject], 1);
          if (isLeft(outcome)) throw new Error('refused where a grant was expected');
          granted.push(outcome.right);
          await sut.advance(5 * MINUTE);
        }
        for (const index of late) {
          sut.limiter.arrivedLate(granted[index] as QuotaGranted);
          await usedOf([subject]);
        }
        await sut.advance(wait);
        // The calls are minutes apart, so that a replica whose own clock runs on does not confuse them.
        const left = thirdAt + 250 + windowMs.hour;
        await until(
          async () => (await sut.limiter.peek([subject]))[0]?.resetsAt ?? 0,
          (resetsAt) => Math.abs(resetsAt - left) < MINUTE,
        );
        expect(await usedOf([subject])).to.deep.equal([['hour', wait === 0 ? 3 : 2]]);
      });

    it('is not affected by a late arrival that has already left, nor by a grant that no other replica counts', async () => {
      const subject = { ...fresh({ minute: 1 }), arrivalMs: 250 };
      const own = fresh({ minute: 1 });
      const granted = await sut.limiter.take([subject, own], 1);
      if (isLeft(granted)) throw new Error('refused where a grant was expected');
      await sut.advance(MINUTE + 250);
      sut.limiter.arrivedLate(granted.right);
      expect(await grants([subject, own])).to.equal(true);
      expect(await usedOf([subject, own])).to.deep.equal([
        ['minute', 1],
        ['minute', 1],
      ]);
    });

    it('reports every window with a grant', async () => {
      const subject = fresh({ minute: 5, day: 100 });
      await grants([subject], 2);
      const start = await sut.now();
      await sut.advance(5_000);
      const outcome = await sut.limiter.take([subject], 1);
      if (isLeft(outcome)) throw new Error('refused where a grant was expected');
      const [minute, day] = outcome.right.windows;
      const { subjectId } = subject;
      expect(minute).to.include({ subjectId, window: 'minute', limit: 5, used: 3, remaining: 2 });
      expect(day).to.include({ subjectId, window: 'day', limit: 100, used: 3, remaining: 97 });
      expect(minute?.resetsAt ?? 0).to.equal(start + MINUTE);
      expect(day?.resetsAt ?? 0).to.equal(start + windowMs.day);
    });

    it('takes from all windows of a subject or from none', async () => {
      const subject = fresh({ minute: 1, hour: 10, day: 20, month: 30 });
      await grants([subject]);
      for (let call = 0; call < 5; call += 1) expect(await grants([subject])).to.equal(false);
      expect(await usedOf([subject])).to.deep.equal(windowTypes.map((type) => [type, 1]));
    });

    it('takes from all subjects or from none, whichever refuses', async () => {
      const service = fresh({ day: 100 });
      const tenant = fresh({ minute: 2 });
      await grants([tenant], 2);
      expect(await grants([service, tenant])).to.equal(false);
      expect(await grants([tenant, service])).to.equal(false);
      expect(await usedOf([service])).to.deep.equal([['day', 0]]);
      expect(await grants([service])).to.equal(true);
    });

    it('does not count a refused call, nor extend the wait by it', async () => {
      const subject = fresh({ minute: 2 });
      await grants([subject], 2);
      for (let call = 1; call <= 59; call += 1) {
        await sut.advance(1_000);
        expect(await grants([subject])).to.equal(false);
      }
      await sut.advance(1_000);
      expect(await grants([subject], 2)).to.equal(true);
    });

    it('names the window with the longest wait', async () => {
      const subject = fresh({ minute: 1, day: 1 });
      const other = fresh({ hour: 1 });
      await grants([subject, other]);
      const refused = await refusal([other, subject]);
      expect([refused.by.window, refused.by.subjectId]).to.deep.equal(['day', subject.subjectId]);
      expect(refused.retryAfterMs).to.equal(windowMs.day);
      expect(refused.windows.map(({ window }) => window).toSorted()).to.deep.equal(['day', 'hour', 'minute']);
    });

    it('takes a cost entirely or not at all', async () => {
      const subject = fresh({ minute: 10 });
      expect(await grants([subject], 7)).to.equal(true);
      expect(await grants([subject], 4)).to.equal(false);
      expect(await grants([subject], 3)).to.equal(true);
      await sut.advance(MINUTE);
      expect(await grants([subject], 10)).to.equal(true);
    });

    it('never grants a cost above the limit, and reports the whole window as the wait', async () => {
      const subject = fresh({ hour: 10 });
      expect((await refusal([subject], 11)).retryAfterMs).to.equal(windowMs.hour);
      expect(await grants([subject], 10)).to.equal(true);
    });

    it('rejects a cost that is not a whole number of units', async () => {
      const subject = fresh({ hour: 10 });
      for (const cost of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error: unknown = await sut.limiter.take([subject], cost).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(RangeError);
      }
      expect(await usedOf([subject])).to.deep.equal([['hour', 0]]);
    });

    it('grants nothing under a limit of zero, and everything without a limit', async () => {
      const never = await refusal([fresh({ day: 0 })]);
      expect([never.by.limit, never.by.remaining, never.retryAfterMs]).to.deep.equal([0, 0, windowMs.day]);
      const free = fresh({});
      for (let call = 0; call < 50; call += 1) expect(await grants([free])).to.equal(true);
      expect(await sut.limiter.peek([free])).to.deep.equal([]);
      expect(await grants([])).to.equal(true);
    });

    it('refuses under a lowered limit until enough calls have left, and grants at once under a raised one', async () => {
      const at = (subject: QuotaSubject, minute: number) => ({ ...subject, limits: { minute } });
      const subject = fresh({ minute: 4 });
      for (let call = 0; call < 4; call += 1) {
        await grants([subject]);
        await sut.advance(10_000);
      }
      const refused = await refusal([at(subject, 2)]);
      expect(refused.by).to.include({ limit: 2, used: 4, remaining: 0 });
      expect(refused.retryAfterMs).to.equal(40_000);
      expect([await grants([at(subject, 5)]), await grants([at(subject, 5)])]).to.deep.equal([true, false]);
    });

    it('keeps tenants apart, also for subjects with the same name', async () => {
      const mine = fresh({ minute: 1 });
      const theirs = { ...mine, tenantId: aSubject({}, 'x', 'uk_company_2').tenantId };
      expect([await grants([mine]), await grants([theirs])]).to.deep.equal([true, true]);
      expect([await grants([mine]), await grants([theirs])]).to.deep.equal([false, false]);
    });

    it('counts a subject once if it is listed twice', async () => {
      const subject = fresh({ minute: 10 });
      await grants([subject, subject]);
      expect(await usedOf([subject])).to.deep.equal([['minute', 1]]);
    });

    it('peeks without taking, also at a subject that was never used', async () => {
      const subject = fresh({ minute: 2 });
      const now = await sut.now();
      const [state] = await sut.limiter.peek([subject]);
      expect(state).to.include({ window: 'minute', limit: 2, used: 0, remaining: 2 });
      expect(state?.resetsAt ?? 0).to.equal(now);
      await grants([subject]);
      for (let look = 0; look < 5; look += 1) await sut.limiter.peek([subject]);
      expect(await usedOf([subject])).to.deep.equal([['minute', 1]]);
      await sut.advance(MINUTE);
      expect(await usedOf([subject])).to.deep.equal([['minute', 0]]);
    });

    it('grants exactly the limit to many concurrent calls', async () => {
      const subject = fresh({ minute: 50, day: 1_000 });
      const tenant = fresh({ minute: 80 });
      const first = await Promise.all(Array.from({ length: 200 }, () => grants([subject, tenant])));
      expect(first.filter(Boolean)).to.have.length(50);
      const rest = await Promise.all(Array.from({ length: 200 }, () => grants([tenant])));
      expect(rest.filter(Boolean)).to.have.length(30);
    });

    it('agrees with the reference limiter, over random calls of random subjects, costs and changes of limits', async () => {
      const call = fc.record({
        gap: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(90)),
        cost: fc.oneof(fc.constant(1), fc.nat(4)),
        who: fc.constantFrom([0], [1], [0, 1], [1, 2], [2, 0]),
        /** Applies to all limits, from this call on. */
        limits: fc.option(fc.constantFrom(0, 1, 2), { nil: undefined, freq: 8 }),
      });
      const property = fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
        const asMade = [fresh({ minute: 4, hour: 9 }), fresh({ minute: 5 }), fresh({ hour: 12, day: 15 })];
        let subjects = asMade;
        const reference = referenceLimiter();
        let now = 0;
        for (const { gap, cost, who, limits } of calls) {
          if (limits !== undefined) subjects = asMade.map((subject) => timesTheLimits(subject, limits));
          await sut.advance(gap * 1_000);
          now += gap * 1_000;
          const asked = who.map((index) => subjects[index] as QuotaSubject);
          const fits = reference.fits(asked, cost, now);
          expect(await grants(asked, cost)).to.equal(fits);
          if (fits) reference.count(asked, cost, now);
        }
        for (const state of await sut.limiter.peek(subjects)) {
          const subject = subjects.find(({ subjectId }) => subjectId === state.subjectId) as QuotaSubject;
          expect(state.used).to.equal(reference.used(subject, state.window, now));
        }
      });
      await fc.assert(property, { numRuns: 40 });
    });
  });
};
