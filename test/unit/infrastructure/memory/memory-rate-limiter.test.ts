import { expect } from 'chai';
import type { StoredWindow } from '../../../../src/domain/rate-limit/quota-state-store.ts';
import { windowMs, type QuotaSubject } from '../../../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import {
  MemoryRateLimiter,
  type MemoryRateLimiterDeps,
} from '../../../../src/infrastructure/memory/memory-rate-limiter.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { aSubject, aTenant } from '../../../support/quota-subjects.ts';

const START = Date.UTC(2026, 10, 22, 12);
const MINUTE = windowMs.minute;
const hangs = () => new Promise<void>(() => {});
const lost = async () => {
  throw new Error('connection lost');
};

const world = (options: Partial<MemoryRateLimiterDeps> = {}) => {
  const clock = fixedClock(START);
  const db = fakeQuotaStateStore();
  const unleased: number[] = [];
  const start = () =>
    new MemoryRateLimiter({
      clock,
      sleep: clock.sleep,
      store: db.connect(),
      onUnleased: (permits) => unleased.push(permits),
      ...options,
    });
  const limiter = start();
  const grants = async (subjects: readonly QuotaSubject[], cost = 1, by = limiter) =>
    isRight(await by.take(subjects, cost));
  /** The answer that a call received within this turn of the event loop. */
  const told = async (call: Promise<boolean>) => {
    let answer: boolean | 'waits' = 'waits';
    void call.then((granted) => (answer = granted));
    await turn();
    return answer;
  };
  const restart = async () => {
    db.crash({ storeUnderWay: false });
    void limiter.close();
    return start();
  };
  return { clock, db, limiter, grants, told, restart, unleased };
};

const aRow = (row: Partial<StoredWindow> = {}): StoredWindow => ({
  tenantId: aTenant(),
  subjectId: 'service-1',
  serviceName: 'google_maps',
  window: 'minute',
  limit: 10,
  used: 0,
  isRateLimited: false,
  totalCostMicros: 0,
  windowStart: START,
  windowEnd: START + MINUTE,
  entries: [],
  leased: 0,
  ...row,
});

describe('MemoryRateLimiter and its stored rows', () => {
  it('reads a subject’s rows once, on first use, also for many first calls at once', async () => {
    const { db, grants } = world();
    await db.connect().save([aRow({ used: 8, entries: [[START - 30_000, 8]] })]);
    const subject = aSubject({ minute: 10 });
    const granted = await Promise.all(Array.from({ length: 20 }, () => grants([subject])));
    expect(granted.filter(Boolean)).to.have.length(2);
    expect(db.loads()).to.equal(1);
  });

  it('grants nothing before a lease that covers it is stored', async () => {
    const { db, grants, told } = world();
    let release = () => {};
    db.before = (operation) =>
      operation === 'save' ? new Promise((resolve) => (release = resolve)) : Promise.resolve();
    const call = grants([aSubject({ minute: 60 })]);
    expect(await told(call)).to.equal('waits');
    expect(db.rows()).to.deep.equal([]);
    release();
    expect(await call).to.equal(true);
    expect(db.row('service-1', 'minute')).to.include({ used: 0, leased: 4 });
  });

  it('under steady use no call after the first waits: the next lease is stored before it is needed', async () => {
    const { clock, db, grants, told } = world();
    db.before = () => clock.sleep(40);
    const subject = aSubject({ minute: 600, day: 100_000 });
    const first = grants([subject]);
    await clock.run(100);
    expect(await first).to.equal(true);
    for (let call = 0; call < 600; call += 1) {
      await clock.run(101);
      expect(await told(grants([subject]))).to.equal(true);
    }
    expect(db.mostAtOnce()).to.equal(1);
  });

  it('a burst waits for two writes at most, however large', async () => {
    const { db, grants } = world();
    const subject = aSubject({ minute: 1_000 });
    await grants([subject]);
    const before = db.saves();
    const burst = await Promise.all(Array.from({ length: 1_500 }, () => grants([subject])));
    expect(burst.filter(Boolean)).to.have.length(999);
    expect(db.saves() - before).to.be.at.most(3);
  });

  it('a burst on a fresh subject costs one write, with a lease left over for the calls after it', async () => {
    const { db, grants } = world();
    const burst = Array.from({ length: 30 }, () => grants([aSubject({ minute: 1_000 })]));
    expect(await Promise.all(burst)).to.not.include(false);
    await turn();
    expect([db.saves(), db.row('service-1', 'minute')?.leased]).to.deep.equal([1, 38]);
  });

  it('one write carries all subjects that need one', async () => {
    const { db, grants } = world();
    const all = Array.from({ length: 200 }, (_, n) => aSubject({ minute: 60, day: 500 }, `service-${n}`));
    await Promise.all(all.map((subject) => grants([subject])));
    expect(db.saves()).to.equal(1);
    expect(db.rows()).to.have.length(400);
  });

  it('puts down to a window no cost of calls that were not counted there', async () => {
    const { clock, db, limiter, grants } = world();
    const callAs = async (subject: QuotaSubject) => {
      expect(await grants([subject])).to.equal(true);
      limiter.addCost(subject.tenantId, subject.subjectId, 5_000);
    };
    for (const limits of [{ minute: 10, day: 100 }, {}, {}, { day: 100 }, { minute: 10, day: 100 }])
      await callAs(aSubject(limits));
    await clock.run(1_000);
    expect(db.row('service-1', 'minute')).to.include({ used: 2, totalCostMicros: 10_000 });
    expect(db.row('service-1', 'day')).to.include({ used: 3, totalCostMicros: 15_000 });
  });

  it('keeps rows up to date within about a second', async () => {
    const { clock, db, limiter, grants } = world();
    const subject = aSubject({ minute: 2, day: 100 });
    await grants([subject]);
    await clock.run(10_000);
    await grants([subject]);
    limiter.addCost(subject.tenantId, subject.subjectId, 5_000);
    limiter.addCost(subject.tenantId, subject.subjectId, 5_000);
    await clock.run(1_000);
    expect(db.row('service-1', 'minute')).to.deep.include({
      limit: 2,
      used: 2,
      isRateLimited: true,
      totalCostMicros: 10_000,
      windowStart: START,
      windowEnd: START + MINUTE,
      entries: [
        [START, 1],
        [START + 10_000, 1],
      ],
    });
    expect(db.row('service-1', 'day')).to.include({ used: 2, isRateLimited: false, totalCostMicros: 10_000 });
    await clock.run(50_000);
    expect(db.row('service-1', 'minute')).to.include({
      used: 1,
      isRateLimited: false,
      totalCostMicros: 5_000,
      windowStart: START + 10_000,
    });
    expect(db.row('service-1', 'day')).to.include({ used: 2, totalCostMicros: 10_000 });
  });

  it('writes nothing while nothing changes', async () => {
    const { clock, db, grants } = world();
    await grants([aSubject({ day: 100 })]);
    await clock.run(5_000);
    const before = db.saves();
    await clock.run(60_000);
    expect(db.saves()).to.equal(before);
  });

  it('looking at a subject stores and leases nothing', async () => {
    const { clock, db, limiter } = world();
    await limiter.peek([aSubject({ day: 100 })]);
    await clock.run(5_000);
    expect(db.rows()).to.deep.equal([]);
  });

  it('close settles: nothing leased, every entry kept, and a restart goes on exactly', async () => {
    const { clock, db, limiter, grants, restart } = world();
    const subject = aSubject({ hour: 1_000 });
    for (let call = 0; call < 700; call += 1) {
      clock.advance(1_000);
      await grants([subject]);
    }
    await limiter.close();
    const row = db.row('service-1', 'hour');
    expect([row?.used, row?.leased, row?.entries.length]).to.deep.equal([700, 0, 700]);
    clock.advance(windowMs.hour - 500_000);
    const next = await restart();
    const before = await limiter.peek([subject]);
    expect(await next.peek([subject])).to.deep.equal(before);
    expect(before[0]?.used).to.equal(500);
    await next.close();
  });

  it('flush settles and calls go on afterwards', async () => {
    const { db, limiter, grants } = world();
    const subject = aSubject({ minute: 60 });
    await grants([subject]);
    await limiter.flush();
    expect(db.row('service-1', 'minute')).to.include({ used: 1, leased: 0 });
    expect(await grants([subject])).to.equal(true);
    expect(db.row('service-1', 'minute')?.leased).to.be.greaterThan(0);
  });

  it('after a kill, permits that were leased count as used from the restart on', async () => {
    const { clock, db, grants, restart } = world();
    const subject = aSubject({ minute: 60 });
    await grants([subject]);
    const leased = db.row('service-1', 'minute')?.leased ?? 0;
    clock.advance(5_000);
    const next = await restart();
    const [state] = await next.peek([subject]);
    expect(state).to.include({ used: leased, resetsAt: START + 5_000 + MINUTE });
    await next.close();
  });

  it('a new window of a subject is covered by a lease of its own', async () => {
    const { db, grants, told } = world();
    await grants([aSubject({ minute: 60 })]);
    db.before = hangs;
    expect(await told(grants([aSubject({ minute: 60 })]))).to.equal(true);
    expect(await told(grants([aSubject({ minute: 60, day: 500 })]))).to.equal('waits');
  });

  it('calls do not stop when the wall clock is set back', async () => {
    const { clock, grants } = world();
    const subject = aSubject({ minute: 1 });
    await grants([subject]);
    clock.set(START - windowMs.hour);
    clock.advance(MINUTE - 1);
    expect(await grants([subject])).to.equal(false);
    clock.advance(1);
    expect(await grants([subject])).to.equal(true);
  });
});

describe('MemoryRateLimiter while the store is away', () => {
  it('goes on in memory, within the limit, and says what a crash would forget', async () => {
    const { clock, db, grants, unleased } = world();
    const subject = aSubject({ minute: 20 });
    await grants([subject]);
    db.before = lost;
    const granted: boolean[] = [];
    for (let call = 0; call < 30; call += 1) granted.push(await grants([subject]));
    expect(granted.filter(Boolean)).to.have.length(19);
    expect(unleased.reduce((sum, permits) => sum + permits, 0)).to.be.within(10, 19);

    db.before = async () => {};
    await clock.run(1_000);
    expect(db.row('service-1', 'minute')).to.include({ used: 20, isRateLimited: true });
    const before = unleased.length;
    clock.advance(MINUTE);
    expect(await grants([subject])).to.equal(true);
    expect(unleased).to.have.length(before);
  });

  it('a failed write covers nothing: every permit beyond the lease stored before is told', async () => {
    const { db, grants, unleased } = world();
    const subject = aSubject({ minute: 1_000 });
    await grants([subject]);
    const leftOfLease = (db.row('service-1', 'minute')?.leased ?? 0) - 1;
    db.before = lost;
    for (let call = 0; call < 40; call += 1) await grants([subject]);
    expect(unleased.reduce((sum, permits) => sum + permits, 0)).to.equal(40 - leftOfLease);
  });

  it('repeats a failed write at the next refresh, also when nothing has changed since', async () => {
    const { clock, db, grants } = world();
    await grants([aSubject({ minute: 60 })]);
    db.before = lost;
    await clock.run(1_000);
    db.before = async () => {};
    expect(db.row('service-1', 'minute')?.used).to.equal(0);
    await clock.run(1_000);
    expect(db.row('service-1', 'minute')?.used).to.equal(1);
  });

  it('close settles although the write under way fails', async () => {
    const { clock, db, limiter, grants } = world();
    await grants([aSubject({ minute: 60 })]);
    db.before = async () => {
      db.before = async () => {};
      await clock.sleep(100);
      await lost();
    };
    await clock.run(1_000);
    const closed = limiter.close();
    await clock.run(100);
    await closed;
    expect(db.row('service-1', 'minute')).to.include({ used: 1, leased: 0 });
  });

  it('a store that hangs costs one bounded wait, not one per call', async () => {
    const { clock, db, grants, told } = world({ patienceMs: 250 });
    const subject = aSubject({ minute: 20 });
    await grants([subject]);
    db.before = hangs;
    const calls = Array.from({ length: 5 }, () => grants([subject]));
    expect(await told(calls[4]!)).to.equal('waits');
    await clock.run(250);
    expect(await Promise.all(calls)).to.deep.equal([true, true, true, true, true]);
    expect(await told(grants([subject]))).to.equal(true);
    await clock.run(10_000);
    expect(db.mostAtOnce()).to.equal(1);
  });

  it('calls wait for leases again once a late write came through', async () => {
    const { clock, db, grants, told } = world({ patienceMs: 250 });
    const subject = aSubject({ minute: 40 });
    await grants([subject]);
    db.before = () => clock.sleep(3_000);
    const calls = Array.from({ length: 5 }, () => grants([subject]));
    await clock.run(250);
    await Promise.all(calls);
    await clock.run(9_000);
    expect(db.row('service-1', 'minute')).to.include({ used: 6 });
    const more = Array.from({ length: 10 }, () => grants([subject]));
    expect(await told(more[9]!)).to.equal('waits');
    await clock.run(6_000);
    expect(await Promise.all(more)).to.not.include(false);
  });

  it('rows that cannot be read are merged in later, and never overwritten before', async () => {
    const { clock, db, grants, limiter } = world();
    await db.connect().save([aRow({ used: 7, leased: 1, entries: [[START - 10_000, 7]] })]);
    const subject = aSubject({ minute: 10 });
    const saved = db.saves();
    db.before = lost;
    expect(await grants([subject])).to.equal(true);
    expect(await grants([subject])).to.equal(true);
    await clock.run(3_000);
    expect(db.saves()).to.equal(saved);
    expect(db.row('service-1', 'minute')).to.include({ used: 7, leased: 1 });

    db.before = async () => {};
    await clock.run(1_000);
    expect((await limiter.peek([subject]))[0]).to.include({ used: 10, resetsAt: START + 50_000 });
    expect(await grants([subject])).to.equal(false);
    await clock.run(1_000);
    expect(db.row('service-1', 'minute')).to.include({ used: 10, leased: 0 });
  });

  it('a read that hangs holds the first calls for a bounded time only', async () => {
    const { clock, db, grants, told } = world({ patienceMs: 250 });
    db.before = (operation) => (operation === 'load' ? hangs() : Promise.resolve());
    const first = grants([aSubject({ minute: 3 })]);
    expect(await told(first)).to.equal('waits');
    await clock.run(250);
    expect(await first).to.equal(true);
    expect(await told(grants([aSubject({ minute: 3 }, 'service-2')]))).to.equal(true);
    expect(db.rows()).to.deep.equal([]);
  });

  it('close does not wait for ever', async () => {
    const { clock, db, limiter, grants } = world();
    await grants([aSubject({ minute: 3 })]);
    db.before = hangs;
    let closed = false;
    void limiter.close().then(() => (closed = true));
    await clock.run(5_000);
    expect(closed).to.equal(true);
    expect(clock.pending()).to.equal(0);
  });
});

describe('MemoryRateLimiter and subjects that are not used', () => {
  it('gives the lease back, and forgets the subject when its windows are empty', async () => {
    const { clock, db, limiter, grants } = world({ idleMs: 120_000 });
    const subject = aSubject({ minute: 60 });
    await grants([subject]);
    await clock.run(100_000);
    expect(db.row('service-1', 'minute')?.leased).to.be.greaterThan(0);
    await clock.run(30_000);
    expect(db.row('service-1', 'minute')).to.include({ used: 0, leased: 0, isRateLimited: false });
    expect(limiter.subjectCount).to.equal(0);
    expect(await grants([subject])).to.equal(true);
  });

  it('holds a bounded number: the least recently used are settled, forgotten, and read again', async () => {
    const { clock, db, limiter, grants } = world({ maxSubjects: 10 });
    const subjects = Array.from({ length: 40 }, (_, n) => aSubject({ day: 3 }, `service-${n}`));
    for (const subject of subjects) {
      await grants([subject]);
      await clock.run(10);
    }
    await clock.run(3_000);
    expect(limiter.subjectCount).to.equal(10);
    expect(db.row('service-0', 'day')).to.include({ used: 1, leased: 0 });
    const rest = [];
    for (let call = 0; call < 3; call += 1) rest.push(await grants([subjects[0]!]));
    expect(rest).to.deep.equal([true, true, false]);
  });

  it('keeps no state for subjects without limits', async () => {
    const { limiter, grants, db } = world();
    await grants([aSubject({})]);
    expect([limiter.subjectCount, db.loads()]).to.deep.equal([0, 0]);
  });
});
