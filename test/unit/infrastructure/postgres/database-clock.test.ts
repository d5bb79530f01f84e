import { expect } from 'chai';
import fc from 'fast-check';
import { DatabaseClock } from '../../../../src/infrastructure/postgres/connection/database-clock.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

/** A database whose clock is `aheadMs` ahead of the process's, and whose answers have these delays. */
const aDatabase = (aheadMs: number, delays: readonly (readonly [there: number, back: number])[]) => {
  const process = fixedClock();
  const rest = [...delays];
  const faults = { refuse: false, hang: false };
  const trueNow = (): number => process.now() + aheadMs;
  const query = async () => {
    if (faults.refuse) throw new Error('the database is away');
    if (faults.hang) return new Promise(() => undefined);
    const [there, back] = rest.shift() ?? [0, 0];
    process.advance(there);
    const rows = [{ now: trueNow() }];
    process.advance(back);
    return { rows };
  };
  const clock = new DatabaseClock({
    database: { pool: { query: query as never } },
    clock: process,
    sleep: process.sleep,
  });
  return { process, clock, trueNow, faults };
};

describe('the clock of the database', () => {
  it('is the process’s own until the database was asked', () => {
    const { process, clock } = aDatabase(5_000, []);
    expect([clock.now(), clock.latest()]).to.deep.equal([process.now(), process.now()]);
  });

  it('is the database’s from then on, whatever the wall clock of the process does', async () => {
    const { process, clock, trueNow } = aDatabase(-2_000, []);
    await clock.look();
    const truth = trueNow();
    process.set(process.now() - 3_600_000);
    expect([clock.now(), clock.latest()]).to.deep.equal([truth, truth]);
  });

  it('reports the difference of the process’s own clock, once it was read', async () => {
    const { process, clock } = aDatabase(-2_000, []);
    expect(clock.ownAhead()).to.equal(undefined);
    await clock.look();
    expect(clock.ownAhead()).to.equal(2_000);
    process.set(process.now() - 5_000);
    expect(clock.ownAhead()).to.equal(-3_000);
  });

  it('encloses the truth once it was answered, however long questions and answers take', async () => {
    // In both directions within the second that a reading may wait; later readings may take longer and are ignored.
    const answered = fc.tuple(fc.integer({ min: 0, max: 499 }), fc.integer({ min: 0, max: 500 }));
    const delay = fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 700 }));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -5_000, max: 5_000 }),
        answered,
        fc.array(fc.tuple(delay, fc.integer({ min: 0, max: 60_000 })), { minLength: 1, maxLength: 20 }),
        async (aheadMs, first, looks) => {
          const { process, clock, trueNow } = aDatabase(aheadMs, [first, ...looks.map(([both]) => both)]);
          for (const [, pause] of looks) {
            await clock.look();
            process.advance(pause);
            expect(clock.now()).to.be.at.most(trueNow());
            expect(clock.latest()).to.be.at.least(trueNow());
          }
        },
      ),
    );
  });

  it('learns nothing from an answer that takes a second', async () => {
    const { process, clock } = aDatabase(-2_000, [[500, 500]]);
    await clock.look();
    expect(clock.ownAhead()).to.equal(undefined);
    expect(clock.now()).to.be.within(process.now() - 1, process.now());
  });

  it('says when it is certain to be later than a time that it held for possible', async () => {
    const { process, clock } = aDatabase(2_000, [[7, 30]]);
    await clock.look();
    const at = clock.latest();
    let isPast = false;
    void clock.passed(at).then(() => (isPast = true));
    await process.run(at - clock.now());
    expect(isPast).to.equal(false);
    await process.run(2);
    expect(isPast).to.equal(true);
    expect(clock.now()).to.be.greaterThan(at);
    await clock.passed(at);
    await clock.passed(at + 3_600_000);
  });

  it('is as accurate as the best of its last readings', async () => {
    const { process, clock } = aDatabase(2_000, [
      [300, 300],
      [1, 0],
      [200, 100],
      [50, 50],
    ]);
    await clock.look();
    process.advance(1_000);
    expect(clock.latest() - clock.now()).to.be.at.most(4);
  });

  it('takes a database’s word when its clock was set, or another one answers', async () => {
    const { process, clock } = aDatabase(2_000, []);
    await clock.look();
    process.set(process.now() - 10_000);
    await clock.look();
    expect(clock.now()).to.equal(process.now() + 2_000);
  });

  it('goes on without the database, less sure by the minute', async () => {
    const { process, clock, trueNow, faults } = aDatabase(2_000, []);
    await clock.look();
    faults.refuse = true;
    process.advance(60_000);
    await clock.look();
    expect(clock.now()).to.equal(trueNow() - 12);
    expect(clock.latest()).to.equal(trueNow() + 12);
  });

  it('does not wait for a database that hangs', async () => {
    const { process, clock, trueNow, faults } = aDatabase(2_000, []);
    await clock.look();
    faults.hang = true;
    const looked = clock.look();
    await process.run(1_000);
    await looked;
    expect(process.pending()).to.equal(0);
    expect(clock.now()).to.be.within(trueNow() - 1, trueNow());
  });
});
