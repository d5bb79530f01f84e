import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { windowMs } from '../../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../../src/domain/shared/fp.ts';
import type { RedisClient } from '../../../src/infrastructure/redis/connection/redis-clients.ts';
import { fakeQuotaStateStore, type FakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { aSubject, aTenant } from '../../support/quota-subjects.ts';
import { answeredReplica, limiterReplica, type LimiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, redisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** An hour: no call leaves it while a busy machine takes its time for a test. */
const subject = aSubject({ hour: 10, day: 100 });

describe('RedisRateLimiter and the table of its windows', () => {
  let url: string;
  let keyPrefix: string;
  let offset: number;
  let store: FakeQuotaStateStore;
  let replicas: LimiterReplica[];
  beforeEach(async () => {
    ({ url } = await redisServer());
    [keyPrefix, offset, store, replicas] = [freshKeyPrefix(), 0, fakeQuotaStateStore(), []];
  });
  afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

  const joined = async (opened = answeredReplica): Promise<LimiterReplica> => {
    const replica = await opened({
      url,
      keyPrefix,
      store: store.connect(),
      timeOffset: () => offset,
      commandTimeoutMs: 5_000,
    });
    replicas.push(replica);
    return replica;
  };
  /** Calls of a replica that is then stopped in order, and leaves its rows. */
  const takenBefore = async (units: number, asked = subject): Promise<void> => {
    const before = await joined();
    await before.limiter.take([asked], units);
    await before.close();
    replicas = [];
  };
  const takeAll = async ({ limiter }: LimiterReplica): Promise<number> => {
    let granted = 0;
    while (isRight(await limiter.take([subject], 1))) granted += 1;
    return granted;
  };
  const removeAllKeys = async ({ redis }: LimiterReplica): Promise<void> => {
    const keys = await redis.run('keys', (client) => client.keys(`${keyPrefix}*`));
    await redis.run('delete', (client) => client.del(...keys));
  };

  /** Two answers to its own reports are needed: the first may belong to an earlier one in progress. */
  const hasToldAll = async ({ answered }: LimiterReplica): Promise<void> => {
    const before = answered('sync');
    await until(
      async () => answered('sync'),
      (answers) => answers >= before + 2,
    );
  };

  /** Keeps the key that records when counting began, as when a member of a cluster is lost. */
  const removeQuotas = async ({ redis }: LimiterReplica): Promise<void> => {
    const keys = await redis.run('keys', (client) => client.keys(`${keyPrefix}quota:*`));
    await redis.run('delete', (client) => client.del(...keys));
  };

  it('writes a row for each window within seconds of its use, with the cost of its calls', async () => {
    const { limiter } = await joined();
    await limiter.take([subject], 4);
    limiter.addCost(subject.tenantId, subject.subjectId, 12_000);
    offset += 6_000;
    await until(
      async () => store.row(subject.subjectId, 'day'),
      (row) => row?.used === 4 && row.totalCostMicros === 12_000,
    );
    const hour = store.row(subject.subjectId, 'hour');
    expect(hour).to.include({
      tenantId: aTenant(),
      serviceName: 'google_maps',
      limit: 10,
      used: 4,
      isRateLimited: false,
    });
    expect(hour?.entries.map(([, units]) => units)).to.deep.equal([4]);
    expect((hour?.windowEnd ?? 0) - (hour?.windowStart ?? 0)).to.equal(windowMs.hour);
  });

  it('also writes the rows, with no calls counted, when the last call of an hour has left', async () => {
    const { limiter } = await joined();
    await limiter.take([subject], 4);
    offset += windowMs.hour + 1_000;
    // Peeking removes what has expired.
    await until(
      () => limiter.peek([subject]),
      (windows) => windows.some(({ window, used }) => window === 'hour' && used === 0),
    );
    limiter.addCost(subject.tenantId, subject.subjectId, 12_000);
    const day = await until(
      async () => store.row(subject.subjectId, 'day'),
      (row) => row?.totalCostMicros === 12_000,
    );
    expect(day).to.include({ used: 4 });
    expect(store.row(subject.subjectId, 'hour')).to.deep.include({
      used: 0,
      entries: [],
      totalCostMicros: 0,
    });
  });

  it('adds to a window no cost of calls that were not counted there', async () => {
    const replica = await joined();
    for (const limits of [subject.limits, {}, {}, { day: 100 }, subject.limits]) {
      const asked = aSubject(limits);
      await replica.limiter.take([asked], 1);
      replica.limiter.addCost(asked.tenantId, asked.subjectId, 5_000);
      // The next call comes when this cost has been reported. The cost of an unlimited subject never is.
      if (Object.keys(limits).length > 0) await hasToldAll(replica);
    }
    offset += 6_000;
    const day = await until(
      async () => store.row(subject.subjectId, 'day'),
      (row) => row?.used === 3,
    );
    expect(day).to.include({ totalCostMicros: 15_000 });
    expect(store.row(subject.subjectId, 'hour')).to.include({ used: 2, totalCostMicros: 10_000 });
  });

  it('adds a cost once, however often the windows are read meanwhile', async () => {
    const { limiter } = await joined();
    await limiter.take([subject], 4);
    limiter.addCost(subject.tenantId, subject.subjectId, 12_000);
    for (let look = 0; look < 5; look += 1) await limiter.peek([subject]);
    offset += 6_000;
    const day = await until(
      async () => store.row(subject.subjectId, 'day'),
      (row) => (row?.totalCostMicros ?? 0) > 0,
    );
    expect(day).to.include({ used: 4, totalCostMicros: 12_000 });
  });

  it('also adds a cost where Redis became unavailable before it was reported', async () => {
    const { limiter, cut } = await joined();
    await limiter.take([subject], 4);
    limiter.addCost(subject.tenantId, subject.subjectId, 12_000);
    cut('both');
    await limiter.take([subject], 1);
    cut(undefined);
    offset += 6_000;
    const day = await until(
      async () => store.row(subject.subjectId, 'day'),
      (row) => (row?.used ?? 0) === 5 || row?.totalCostMicros === 12_000,
    );
    expect(day?.totalCostMicros).to.equal(12_000);
  });

  it('also adds a cost where Redis has lost the windows before it was reported', async () => {
    const replica = await joined();
    const { limiter } = replica;
    // Long enough: a Redis that was just emptied would wait for others.
    offset += windowMs.minute + 1_000;
    await limiter.take([aSubject({ day: 100 })], 4);
    await until(
      async () => store.row(subject.subjectId, 'day')?.used,
      (used) => used === 4,
    );
    limiter.addCost(subject.tenantId, subject.subjectId, 12_000);
    await removeQuotas(replica);
    const day = await until(
      async () => {
        offset += 1_000;
        return store.row(subject.subjectId, 'day');
      },
      (row) => row?.totalCostMicros !== 0,
    );
    expect(day).to.include({ totalCostMicros: 12_000 });
  });

  it('writes the rows again that the table did not accept, even without further calls', async () => {
    const { limiter } = await joined();
    const refused = Promise.withResolvers<void>();
    store.before = async (operation) => {
      if (operation !== 'save') return;
      refused.resolve();
      throw new Error('cannot execute INSERT in a read-only transaction');
    };
    await limiter.take([aSubject({ day: 100 })], 4);
    offset += 6_000;
    await refused.promise;
    store.before = async () => undefined;
    await until(
      async () => store.row(subject.subjectId, 'day')?.used,
      (used) => used === 4,
    );
  });

  it('leaves the rows exact at an orderly shutdown', async () => {
    const replica = await joined();
    await takeAll(replica);
    await replica.close();
    expect(store.row(subject.subjectId, 'hour')).to.include({ used: 10, isRateLimited: true });
    replicas = [];
  });

  it('counts what the table says when neither Redis nor another replica knows a subject', async () => {
    await takenBefore(7);
    const after = await joined();
    await removeAllKeys(after);
    offset += 5_000;
    expect(await takeAll(after)).to.be.at.most(3);
    expect((await after.limiter.peek([subject])).find(({ window }) => window === 'hour')?.used).to.equal(10);
  });

  it('reports the use from the table, even before the first call, when Redis does not know a subject', async () => {
    const asked = aSubject({ day: 100 });
    await takenBefore(7, asked);
    const after = await joined();
    await removeAllKeys(after);
    const used = async () => (await after.limiter.peek([asked]))[0]?.used ?? 0;
    const before = await used();
    expect(before).to.be.at.least(7);
    offset += 5_000;
    await after.limiter.take([asked], 1);
    expect(await used()).to.equal(before + 1);
  });

  it('does not count more each time that Redis is emptied without a call in between', async () => {
    // Entries of the month cover eleven minutes each.
    const asked = aSubject({ day: 1_000, month: 1_000_000 });
    const replica = await joined();
    const rowAfter = async (act: () => Promise<unknown>): Promise<void> => {
      const before = store.row(asked.subjectId, 'month');
      await act();
      await until(
        async () => store.row(asked.subjectId, 'month'),
        (row) => row !== before,
      );
    };
    await rowAfter(() => replica.limiter.take([asked], 4));
    const counted: (readonly number[])[] = [];
    for (let loss = 0; loss < 4; loss += 1) {
      offset += 2_000;
      await rowAfter(async () => {
        await removeAllKeys(replica);
        await hasToldAll(replica);
        // As long as others could have reported.
        offset += 4_000;
      });
      counted.push((await replica.limiter.peek([asked])).map(({ used }) => used));
    }
    // A replica that crashed before the first loss may have used as much again, and somewhat more.
    for (const used of counted) expect(used, JSON.stringify(counted)).to.deep.equal([12, 12]);
  });

  it('counts a call since the last row by itself, and not again with all others of its entry', async () => {
    const asked = aSubject({ day: 1_000, month: 1_000_000 });
    // Entries of the month cover eleven minutes each: one begins now.
    const slot = windowMs.month / 4_096;
    offset = slot - (Date.now() % slot) + 1_000;
    const replica = await joined();
    await replica.limiter.take([asked], 40);
    await until(
      async () => store.row(asked.subjectId, 'month'),
      (row) => row?.used === 40,
    );
    offset += 20_000;
    const known = await replica.limiter.peek([asked]);
    await replica.limiter.take([asked], 1);
    await removeAllKeys(replica);
    await hasToldAll(replica);
    const [day, month] = await replica.limiter.peek([asked]);
    expect(known.map(({ used }) => used)).to.deep.equal([40, 40]);
    expect(month?.used).to.equal(day?.used);
  });

  /** The table knows of later calls of another replica, and does not yet know of those granted by one without Redis. */
  const toldBehindTheRow = async (): Promise<LimiterReplica> => {
    const asked = aSubject({ hour: 1_000 });
    const [away, other] = [await joined(), await joined()];
    for (const { limiter } of [away, other]) await limiter.take([asked], 1);
    await hasToldAll(away);
    away.cut('both');
    await away.limiter.take([asked], 20);
    offset += 1_000;
    await other.limiter.take([asked], 1);
    offset += 6_000;
    await until(
      async () => store.row(asked.subjectId, 'hour')?.used,
      (used) => used === 3,
    );
    away.cut(undefined);
    await hasToldAll(away);
    return away;
  };

  it('counts what was granted without Redis even if Redis is lost before the next row, while others called later', async () => {
    const asked = aSubject({ hour: 1_000 });
    store.before = async (operation) => {
      if (operation === 'save' && store.row(asked.subjectId, 'hour')?.used === 3)
        throw new Error('no more rows');
    };
    const replica = await toldBehindTheRow();
    const usedOf = async () => (await replica.limiter.peek([asked]))[0]?.used ?? 0;
    expect(await usedOf()).to.equal(23);
    await removeQuotas(replica);
    await hasToldAll(replica);
    // As much again as the other replica called before the row, and somewhat more, for one that may have crashed.
    expect(await usedOf()).to.be.within(23, 23 + 6);
  });

  it('counts what was granted without Redis once when a row covers it, and later calls', async () => {
    const asked = aSubject({ hour: 1_000 });
    const replica = await toldBehindTheRow();
    await replica.limiter.take([asked], 1);
    offset += 6_000;
    await until(
      async () => store.row(asked.subjectId, 'hour')?.used,
      (used) => used === 24,
    );
    const leased = store.row(asked.subjectId, 'hour')?.leased ?? 0;
    await removeQuotas(replica);
    await hasToldAll(replica);
    expect((await replica.limiter.peek([asked]))[0]?.used).to.equal(24 + leased);
  });

  it('counts once what a row covered before the same replica granted more without Redis', async () => {
    const asked = aSubject({ hour: 1_000 });
    const replica = await toldBehindTheRow();
    const rowOf = (units: number) =>
      until(
        async () => store.row(asked.subjectId, 'hour'),
        (row) => row?.used === units,
      );
    offset += 6_000;
    await replica.limiter.take([asked], 1);
    await rowOf(24);
    store.before = async (operation) => {
      if (operation === 'save') throw new Error('no more rows');
    };
    replica.cut('both');
    await replica.limiter.take([asked], 1);
    replica.cut(undefined);
    await hasToldAll(replica);
    const usedOf = async () => (await replica.limiter.peek([asked]))[0]?.used ?? 0;
    expect(await usedOf()).to.equal(25);
    const leased = store.row(asked.subjectId, 'hour')?.leased ?? 0;
    await removeQuotas(replica);
    await hasToldAll(replica);
    expect(await usedOf()).to.equal(25 + leased);
  });

  it('continues from the cost in the table, as far as its calls still count', async () => {
    const before = await joined();
    await before.limiter.take([subject], 4);
    before.limiter.addCost(subject.tenantId, subject.subjectId, 12_000);
    offset += 2 * windowMs.hour;
    await before.limiter.take([subject], 2);
    before.limiter.addCost(subject.tenantId, subject.subjectId, 6_000);
    await before.close();
    replicas = [];
    const after = await joined();
    await removeAllKeys(after);
    offset += 5_000;
    await after.limiter.take([subject], 1);
    after.limiter.addCost(subject.tenantId, subject.subjectId, 3_000);
    offset += 6_000;
    const day = await until(
      async () => store.row(subject.subjectId, 'day'),
      (row) => (row?.totalCostMicros ?? 0) !== 18_000,
    );
    expect(day?.totalCostMicros).to.equal(21_000);
    expect(store.row(subject.subjectId, 'hour')?.totalCostMicros).to.equal(9_000);
  });

  it("also counts the table's calls of a lost subject when it is taken together with a new one", async () => {
    await takenBefore(7);
    const after = await joined();
    await after.limiter.take([subject], 1);
    await removeQuotas(after);
    await after.limiter.take([aSubject({ day: 1_000 }, 'service-2'), subject], 1);
    const day = async () => (await after.limiter.peek([subject])).find(({ window }) => window === 'day');
    offset += 4_000;
    const told = await until(day, (window) => (window?.used ?? 0) > 1);
    expect(told?.used).to.be.at.least(9);
  });

  it('lets those report first that know more than the table, also when another server counts one subject only', async () => {
    const replica = await joined();
    const stranger = await joined();
    await replica.limiter.take([subject], 1);
    offset += 6_000;
    await until(
      async () => store.row(subject.subjectId, 'day')?.used,
      (used) => used === 1,
    );
    await replica.limiter.take([subject], 8);
    // As in a cluster in which one member was replaced by its replica.
    const state = `${keyPrefix}quota:{${subject.tenantId}}:${subject.subjectId}`;
    const ofAnother = `local state = cmsgpack.unpack(redis.call('GET', KEYS[1]))
      state.run = 'another'
      redis.call('SET', KEYS[1], cmsgpack.pack(state))`;
    await replica.redis.run('spoil', (client) => client.eval(ofAnother, 1, state));
    expect(await takeAll(stranger)).to.be.at.most(1);
  });

  it('uses a share of what the table says is left when it never reached Redis', async () => {
    await takenBefore(8, aSubject({ minute: 40 }));
    url = 'redis://127.0.0.1:1';
    const alone = await joined(limiterReplica);
    // 8 are counted and up to 16 more may have been; the number of replicas is unknown, so four are assumed.
    const granted = await Promise.all(
      Array.from({ length: 10 }, () => alone.limiter.take([aSubject({ minute: 40 })], 1)),
    );
    expect(granted.filter(isRight)).to.have.length(4);
    expect(alone.fallbacks()).to.equal(10);
  });

  it('counts no calls of the table that have left by now when it never reached Redis', async () => {
    offset = -10 * windowMs.minute;
    const asked = aSubject({ minute: 60, day: 400 });
    await takenBefore(40, asked);
    [url, offset] = ['redis://127.0.0.1:1', 0];
    const alone = await joined(limiterReplica);
    const granted = await Promise.all(Array.from({ length: 20 }, () => alone.limiter.take([asked], 1)));
    // A quarter of all: not even the 20 count that may have been used after the row was written.
    expect(granted.filter(isRight)).to.have.length(15);
  });

  it('waits in the background for a slow table: nobody else knows of replicas that are gone', async () => {
    const asked = aSubject({ minute: 10 });
    await takenBefore(7, asked);
    const after = await joined();
    await after.limiter.take([asked], 1);
    store.before = (operation) => (operation === 'load' ? pause(700) : Promise.resolve());
    await removeAllKeys(after);
    const state = `${keyPrefix}quota:{${asked.tenantId}}:${asked.subjectId}`;
    // Until then, peeking reports what the table says.
    await until(
      async () => {
        await after.limiter.peek([asked]);
        return after.redis.run('look', (client) => client.exists(state));
      },
      (keys) => keys === 1,
    );
    expect((await after.limiter.peek([asked]))[0]?.used).to.equal(8);
  });

  it('continues when the table cannot be read or written', async () => {
    store.before = () => Promise.reject(new Error('no table'));
    const replica = await joined();
    expect(await takeAll(replica)).to.equal(10);
    expect(replica.fallbacks()).to.equal(0);
  });

  it('restores in Redis what was lost while it ran, and never grants more', async () => {
    const replica = await joined();
    await replica.limiter.take([subject], 6);
    await removeAllKeys(replica);
    expect(await takeAll(replica)).to.be.at.most(4);
    offset += 4_000;
    await until(
      async () => (await replica.limiter.peek([subject]))[0]?.used ?? 0,
      (used) => used >= 6,
    );
    await takeAll(replica);
    expect((await replica.limiter.peek([subject]))[0]?.used).to.equal(10);
  });

  it('treats a value that cannot be decoded as lost', async () => {
    const replica = await joined();
    await replica.limiter.take([subject], 6);
    const state = `${keyPrefix}quota:{${subject.tenantId}}:${subject.subjectId}`;
    await replica.redis.run('set', (client) => client.set(state, 'not a state'));
    expect(await takeAll(replica)).to.be.at.most(4);
    offset += 4_000;
    await until(
      async () => (await replica.limiter.peek([subject]))[0]?.used ?? 0,
      (used) => used >= 6,
    );
  });

  const spoilings = {
    'of another type': async (client: RedisClient, key: string) => {
      const isText = (await client.type(key)) === 'string';
      await client.del(key);
      await (isText ? client.rpush(key, 'a list') : client.set(key, 'a text'));
    },
    'with another content': async (client: RedisClient, key: string) => {
      const type = await client.type(key);
      if (type === 'list') await client.lset(key, 1, 'no number');
      if (type === 'hash') await client.hset(key, 'at', 'no time');
    },
  };
  for (const [words, spoil] of Object.entries(spoilings))
    it(`treats keys ${words} as lost, whoever wrote them, and counts in Redis again`, async () => {
      const replica = await joined();
      await replica.limiter.take([subject], 3);
      offset += 10;
      await replica.limiter.take([subject], 3);
      const keys = await replica.redis.run('keys', (client) => client.keys(`${keyPrefix}*`));
      expect(keys).to.have.length.above(4);
      // At once: what is restored in between would be spoiled again, and counted twice.
      await Promise.all(keys.map((key) => replica.redis.run('spoil', (client) => spoil(client, key))));
      let taken = 6 + (await takeAll(replica));
      const isCounted = async (): Promise<boolean> => {
        const before = replica.fallbacks();
        if (isRight(await replica.limiter.take([subject], 1))) taken += 1;
        return replica.fallbacks() === before;
      };
      offset += 4_000;
      await until(isCounted, (counted) => counted);
      expect(taken).to.be.at.most(10);
      expect((await replica.limiter.peek([subject]))[0]?.used).to.equal(taken);
    });

  it('counts a log that has outlived its state', async () => {
    const replica = await joined();
    for (let call = 0; call < 6; call += 1) {
      await replica.limiter.take([subject], 1);
      offset += 10;
    }
    const state = `${keyPrefix}quota:{${subject.tenantId}}:${subject.subjectId}`;
    await replica.redis.run('delete', (client) => client.del(state));
    const stranger = await joined();
    // All but the newest call are in the log.
    expect(await takeAll(stranger)).to.be.at.most(5);
  });

  it('treats a log that Redis evicted alone as lost, and grants nothing twice', async () => {
    const replica = await joined();
    for (let call = 0; call < 8; call += 1) {
      await replica.limiter.take([subject], 1);
      offset += 1_000;
    }
    const log = `${keyPrefix}quota:{${subject.tenantId}}:${subject.subjectId}:hour`;
    expect(await replica.redis.run('delete', (client) => client.del(log))).to.equal(1);
    offset += windowMs.hour - 7_500;
    // One of the eight has left.
    expect(await takeAll(replica)).to.be.at.most(3);
  });

  it('treats counted calls as made now when the clock of Redis is set back, so that it waits one window, not until the clock has caught up', async () => {
    const replica = await joined();
    await replica.limiter.take([subject], 3);
    offset += 20_000;
    await replica.limiter.take([subject], 7);
    offset -= 3 * windowMs.hour;
    expect(await takeAll(replica)).to.equal(0);
    offset += windowMs.hour - windowMs.minute;
    expect(await takeAll(replica)).to.equal(0);
    offset += windowMs.minute;
    expect(await takeAll(replica)).to.equal(10);
    await until(
      async () => store.row(subject.subjectId, 'day')?.used,
      (used) => used === 20,
    );
  });

  it('grants nothing twice when the clock of Redis is set back for a while', async () => {
    const replica = await joined();
    await replica.limiter.take([subject], 10);
    offset -= 30_000;
    expect(await takeAll(replica)).to.equal(0);
    offset += 30_000 + windowMs.hour;
    expect(await takeAll(replica)).to.equal(10);
  });
});
