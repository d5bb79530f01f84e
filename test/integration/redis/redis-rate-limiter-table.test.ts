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

/** An hour: no call leaves it by itself while a busy machine takes its time for a test. */
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
  /** By a replica that then stops in order, and leaves its rows. */
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

  /** What it tells by itself was answered twice: the first answer may be to what was under way before. */
  const hasToldAll = async ({ answered }: LimiterReplica): Promise<void> => {
    const before = answered('sync');
    await until(
      async () => answered('sync'),
      (answers) => answers >= before + 2,
    );
  };

  /** The beginning stays: as when a member of a cluster is lost. */
  const removeQuotas = async ({ redis }: LimiterReplica): Promise<void> => {
    const keys = await redis.run('keys', (client) => client.keys(`${keyPrefix}quota:*`));
    await redis.run('delete', (client) => client.del(...keys));
  };

  it('writes a row for each window within seconds of its use, with what calls have cost', async () => {
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

  it('writes the rows also when the last call of an hour is over, and that nothing is counted there', async () => {
    const { limiter } = await joined();
    await limiter.take([subject], 4);
    offset += windowMs.hour + 1_000;
    // Looks, and so lets go of what is over.
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

  it('puts down to a window no cost of calls that were not counted there', async () => {
    const replica = await joined();
    for (const limits of [subject.limits, {}, {}, { day: 100 }, subject.limits]) {
      const asked = aSubject(limits);
      await replica.limiter.take([asked], 1);
      replica.limiter.addCost(asked.tenantId, asked.subjectId, 5_000);
      // The next call comes when this cost has been told. Of what is not limited nothing ever is.
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

  it('puts a cost down once, however often it is looked meanwhile where the windows stand', async () => {
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

  it('puts a cost down also where Redis went away before it was told', async () => {
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

  it('puts a cost down also where Redis has lost the windows before it was told', async () => {
    const replica = await joined();
    const { limiter } = replica;
    // So long, a Redis that was just emptied would wait for others.
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

  it('writes the rows again that the table did not take, also when nobody calls any more', async () => {
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

  it('leaves the rows exact at an orderly end', async () => {
    const replica = await joined();
    await takeAll(replica);
    await replica.close();
    expect(store.row(subject.subjectId, 'hour')).to.include({ used: 10, isRateLimited: true });
    replicas = [];
  });

  it('counts what the table says when Redis knows nothing of a subject and nobody else does', async () => {
    await takenBefore(7);
    const after = await joined();
    await removeAllKeys(after);
    offset += 5_000;
    expect(await takeAll(after)).to.be.at.most(3);
    expect((await after.limiter.peek([subject])).find(({ window }) => window === 'hour')?.used).to.equal(10);
  });

  it('tells by the table how much is used, also before the first call, when Redis knows nothing of a subject', async () => {
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

  it('counts no more each time that Redis is emptied without a call in between', async () => {
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
        // As long as others could have told.
        offset += 4_000;
      });
      counted.push((await replica.limiter.peek([asked])).map(({ used }) => used));
    }
    // One may have crashed before the first loss that had as much again, and then some.
    for (const used of counted) expect(used, JSON.stringify(counted)).to.deep.equal([12, 12]);
  });

  it('counts a call since the last row by itself, and not with all others of its entry once more', async () => {
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

  /** Where the table tells of later calls of another replica, and of those that one granted without Redis not yet. */
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

  it('counts what was granted without Redis also where it is lost before the next row, and others called later', async () => {
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
    // As much again as the other called before the row, and then some, for one that may have crashed.
    expect(await usedOf()).to.be.within(23, 23 + 6);
  });

  it('counts what was granted without Redis once where a row tells of it, and of later calls', async () => {
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

  it('counts once what a row told of before the same replica had granted more without Redis', async () => {
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

  it('goes on from the cost that the table says, as far as its calls still count', async () => {
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

  it('counts what the table says of a subject that was lost also when it is taken behind one that was never asked about', async () => {
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

  it('lets those tell first who know more than the table, also where another server counts one subject alone', async () => {
    const replica = await joined();
    const stranger = await joined();
    await replica.limiter.take([subject], 1);
    offset += 6_000;
    await until(
      async () => store.row(subject.subjectId, 'day')?.used,
      (used) => used === 1,
    );
    await replica.limiter.take([subject], 8);
    // As in a cluster, one of whose members was followed by its copy.
    const state = `${keyPrefix}quota:{${subject.tenantId}}:${subject.subjectId}`;
    const ofAnother = `local state = cmsgpack.unpack(redis.call('GET', KEYS[1]))
      state.run = 'another'
      redis.call('SET', KEYS[1], cmsgpack.pack(state))`;
    await replica.redis.run('spoil', (client) => client.eval(ofAnother, 1, state));
    expect(await takeAll(stranger)).to.be.at.most(1);
  });

  it('goes by a share of what the table says is left when it never reached Redis', async () => {
    await takenBefore(8, aSubject({ minute: 40 }));
    url = 'redis://127.0.0.1:1';
    const alone = await joined(limiterReplica);
    // 8 are counted and 16 more may have been; nobody has said how many share the rest, so four are assumed.
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

  it('waits in the background for a table that is slow: nobody else knows of replicas that are no more', async () => {
    const asked = aSubject({ minute: 10 });
    await takenBefore(7, asked);
    const after = await joined();
    await after.limiter.take([asked], 1);
    store.before = (operation) => (operation === 'load' ? pause(700) : Promise.resolve());
    await removeAllKeys(after);
    const state = `${keyPrefix}quota:{${asked.tenantId}}:${asked.subjectId}`;
    // Until it is told, who looks hears what the table says.
    await until(
      async () => {
        await after.limiter.peek([asked]);
        return after.redis.run('look', (client) => client.exists(state));
      },
      (keys) => keys === 1,
    );
    expect((await after.limiter.peek([asked]))[0]?.used).to.equal(8);
  });

  it('goes on when the table cannot be read or written', async () => {
    store.before = () => Promise.reject(new Error('no table'));
    const replica = await joined();
    expect(await takeAll(replica)).to.equal(10);
    expect(replica.fallbacks()).to.equal(0);
  });

  it('tells Redis again what it has lost under its hands, and never grants more', async () => {
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

  it('takes a value that does not decode for one that was lost', async () => {
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
    it(`takes keys ${words} for lost ones, whoever wrote them, and counts in Redis again`, async () => {
      const replica = await joined();
      await replica.limiter.take([subject], 3);
      offset += 10;
      await replica.limiter.take([subject], 3);
      const keys = await replica.redis.run('keys', (client) => client.keys(`${keyPrefix}*`));
      expect(keys).to.have.length.above(4);
      // Together: what is told again in between would be spoiled once more, and counted twice.
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

  it('takes a log that Redis has evicted alone for lost, and grants nothing twice', async () => {
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

  it('takes what it counted for calls of now when the clock of Redis is set back, and waits a window, not until it has caught up', async () => {
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
