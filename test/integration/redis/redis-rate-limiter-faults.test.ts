import { expect } from 'chai';
import fc from 'fast-check';
import { windowMs } from '../../../src/domain/rate-limit/quota.ts';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import { LimiterFleet } from '../../support/limiter-fleet.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { until } from '../../support/until.ts';

describe('RedisRateLimiter on four replicas', () => {
  const limits = { minute: 100, day: 2_000 };
  let fleet: LimiterFleet;
  const started = async (seed: number): Promise<LimiterFleet> => (fleet = await LimiterFleet.start(seed));
  afterEach(() => fleet.stop());

  it('uses the whole quota and never more, under three times the load', async () => {
    await started(1);
    await fleet.load(limits, 180, 5);
    expect(fleet.worst('minute')).to.be.at.most(100);
    // When this machine stalls Redis for 0.3 s, those calls are counted without it: by shares.
    const fallbacks = fleet.replicas.reduce((sum, replica) => sum + replica.fallbacks(), 0);
    expect(fleet.grants.length).to.be.at.least((fallbacks === 0 ? 0.97 : 0.8) * 300);
    expect(fallbacks, 'of 900 calls').to.be.below(90);
  });

  for (const seed of [1, 2, 3])
    it(`never grants more when Redis is killed and loses its data, and uses 80 % (seed ${seed})`, async () => {
      await started(seed);
      await fleet.load(limits, 60 + Math.floor(fleet.random() * 60), 5);
      await fleet.server.kill();
      await fleet.load(limits, 1 + Math.floor(fleet.random() * 90), 5);
      await fleet.server.restart();
      await fleet.settled();
      await fleet.load(limits, 120, 5);
      await fleet.load(limits, 60, 5);
      const [first = [0]] = fleet.grants;
      const minutes = (fleet.clock.now() - first[0]) / 60_000;
      expect(fleet.worst('minute')).to.be.at.most(100);
      expect(fleet.grants.length).to.be.at.least(0.8 * 100 * minutes);
    });

  it('continues with shares while Redis accepts and never answers, never exceeds the limit, and recovers by itself', async () => {
    await started(4);
    await fleet.load(limits, 90, 5);
    fleet.server.freeze();
    const before = fleet.grants.length;
    await fleet.load(limits, 60, 5);
    expect(fleet.grants.length - before).to.be.at.least(80);
    fleet.server.thaw();
    await fleet.settled();
    await fleet.load(limits, 90, 5);
    expect(fleet.worst('minute')).to.be.at.most(100);
  });

  for (const [when, back] of [
    ['while Redis is away', false],
    ['while Redis is away, and which Redis has heard of before it goes away again', true],
  ] as const)
    it(`keeps to a limit that was lowered ${when}, once earlier calls have left`, async () => {
      await started(7);
      await fleet.load({ minute: 100 }, 90, 5);
      await fleet.server.kill();
      await fleet.load({ minute: 40 }, 10, 5);
      if (back) {
        await fleet.server.restart();
        await fleet.settled();
        await fleet.load({ minute: 40 }, 5, 5);
        await fleet.server.kill();
      }
      await fleet.load({ minute: 40 }, 60, 5);
      fleet.grants.length = 0;
      await fleet.load({ minute: 40 }, 150, 5);
      expect(fleet.worst('minute')).to.be.within(20, 40);
    });

  it('reports for every call counted by its share why Redis did not count it', async () => {
    const [replica] = (await started(6)).replicas;
    const take = () => replica?.limiter.take([aSubject(limits)], 1);
    await take();
    replica?.cut('both');
    // The first call detects the loss; later ones do not even try.
    for (let n = 0; n < 3; n += 1) await take();
    expect(replica?.reasons()).to.deep.equal(['cut', 'cut', 'cut']);
  });

  for (const way of ['both', 'answers'] as const)
    it(`reserves the share of a replica that alone does not reach Redis (${way === 'both' ? 'both ways' : 'answers only'})`, async () => {
      await started(5);
      await fleet.load(limits, 60, 5);
      fleet.replicas[0]?.cut(way);
      const before = fleet.grants.length;
      await fleet.load(limits, 100, 5);
      expect(fleet.grants.slice(before).filter(([, replica]) => replica === 0).length).to.be.at.least(20);
      fleet.replicas[0]?.cut(undefined);
      await fleet.load(limits, 120, 5);
      expect(fleet.worst('minute')).to.be.at.most(100);
      expect(fleet.grants.length).to.be.at.least(0.85 * 460);
    });

  for (const [what, way, isOut] of [
    ['out of touch with it', 'both', true],
    ['in touch, and its telling is lost', 'both', false],
    ['in touch, and does not hear that it was heard', 'answers', false],
  ] as const)
    it(`tells Redis of a call that arrived late, also where its replica is ${what}`, async () => {
      await started(8);
      const subject = { ...aSubject({ minute: 1 }), arrivalMs: 250 };
      const [teller, other] = fleet.replicas;
      if (teller === undefined || other === undefined) throw new Error('no replicas');
      const grantedAt = fleet.clock.now();
      const granted = await teller.limiter.take([subject], 1);
      if (isLeft(granted)) throw new Error('refused where a grant was expected');
      await fleet.pass(10_000);
      teller.cut(way);
      if (isOut) await teller.limiter.take([subject], 1);
      teller.limiter.arrivedLate(granted.right);
      await fleet.pass(100);
      teller.cut(undefined);
      const heardAt = await until(
        async () => {
          await fleet.pass(100);
          return teller.answered('delay') > 0 ? fleet.clock.now() : undefined;
        },
        (time) => time !== undefined,
      );
      const counted = async () => (await other.limiter.peek([subject])).map(({ used }) => used);
      // Counted from its grant, the call would have left by now.
      await fleet.pass(60_250 - ((heardAt ?? 0) - grantedAt));
      expect(await counted()).to.deep.equal([1]);
      await fleet.pass((heardAt ?? 0) - grantedAt);
      expect(await counted()).to.deep.equal([0]);
    });

  for (const [end, isOver] of [
    ['is not called again', false],
    ['comes to an orderly end', true],
  ] as const)
    it(`tells Redis of what a replica granted for a subject first used while out of touch, and then ${end}`, async () => {
      await started(10);
      fleet.replicas[0]?.cut('both');
      for (let call = 0; call < 40; call += 1) await fleet.take(limits, 0);
      expect(fleet.grants).to.have.length(25);
      fleet.replicas[0]?.cut(undefined);
      if (isOver) await fleet.leave(0);
      await fleet.passHeard(5_000);
      for (let call = 0; call < 100; call += 1) await fleet.take(limits, 1);
      expect(fleet.worst('minute')).to.be.within(75, 100);
    });

  it('limits each to its share of a subject first used without Redis, until all have reported', async () => {
    await started(17);
    await fleet.server.kill();
    for (const replica of [0, 1, 2, 3])
      for (let call = 0; call < 20; call += 1) await fleet.take(limits, replica);
    await fleet.server.restart();
    await fleet.settled();
    await fleet.pass(600);
    for (let call = 0; call < 100; call += 1) await fleet.take(limits, 0);
    expect(fleet.grants).to.have.length(85);
    await fleet.load(limits, 20, 5);
    expect(fleet.worst('minute')).to.equal(100);
  });

  it('limits all to their shares of a subject first used by one without Redis, until others have reported', async () => {
    await started(20);
    await fleet.passHeard(61_000);
    fleet.replicas[0]?.cut('both');
    await fleet.take(limits, 0);
    fleet.replicas[0]?.cut(undefined);
    await fleet.passHeard(1_000);
    for (const replica of [1, 2, 3])
      for (let call = 0; call < 12; call += 1)
        await Promise.all([
          fleet.take(limits, replica),
          fleet.take(limits, replica),
          fleet.take(limits, replica),
        ]);
    expect(fleet.grants).to.have.length(1 + 3 * 24);
    for (let call = 0; call < 30; call += 1) await fleet.take(limits, 0);
    await fleet.load(limits, 60, 5);
    expect(fleet.worst('minute')).to.equal(100);
  });

  it('also has its share of a window that got a limit only while Redis was unavailable', async () => {
    await started(18);
    for (const replica of [0, 1, 2, 3]) await fleet.take({ minute: 1_000 }, replica);
    await fleet.passHeard(1_000);
    await fleet.server.kill();
    fleet.grants.length = 0;
    for (const replica of [0, 1, 2, 3])
      for (let call = 0; call < 15; call += 1) await fleet.take({ minute: 1_000, hour: 40 }, replica);
    expect(fleet.grants).to.have.length(40);
  });

  it('does not change the count when a call arrives late whose limits were removed meanwhile', async () => {
    await started(9);
    const subject = { ...aSubject({ minute: 1 }), arrivalMs: 250 };
    const [teller, other] = fleet.replicas;
    if (teller === undefined || other === undefined) throw new Error('no replicas');
    const granted = await teller.limiter.take([subject], 1);
    if (isLeft(granted)) throw new Error('refused where a grant was expected');
    await teller.limiter.take([{ ...subject, limits: {} }], 1);
    teller.limiter.arrivedLate(granted.right);
    await fleet.pass(2_000);
    expect(teller.answered('remove-unreadable')).to.equal(0);
    expect((await other.limiter.peek([subject])).map(({ used }) => used)).to.deep.equal([1]);
  });

  it('names the window that refused a call even if its limits were removed while it was in transit', async () => {
    await started(10);
    const { limiter } = fleet.replicas[0] ?? {};
    if (limiter === undefined) throw new Error('no replica');
    const subject = aSubject({ minute: 100, day: 1 });
    await limiter.take([subject], 1);
    const [refused] = await Promise.all([limiter.take([subject], 1), limiter.take([aSubject({})], 1)]);
    if (!isLeft(refused)) throw new Error('granted where a refusal was expected');
    expect(refused.left.by).to.deep.include({ window: 'day', limit: 1, used: 1 });
    expect(refused.left.windows.map(({ window }) => window)).to.deep.equal(['minute', 'day']);
  });

  it('gives the share of a stopped replica to the others at once', async () => {
    await started(6);
    await fleet.load(limits, 60, 5);
    await fleet.leave(0);
    await fleet.load(limits, 120, 5);
    expect(fleet.worst('minute')).to.be.at.most(100);
    expect(fleet.grants.length).to.be.at.least(0.97 * 300);
  });

  it('gives the share of a killed replica to the others when another has started in its place', async () => {
    await started(12);
    const limits = { day: 100 };
    await fleet.join('here');
    await fleet.load(limits, 10, 4);
    await fleet.crash(4, 'here');
    await fleet.load(limits, 45, 4);
    expect(fleet.grants.length).to.equal(100);
  });

  it('reserves both shares where two live replicas claim to be in the same place', async () => {
    await started(13);
    const limits = { minute: 100 };
    await fleet.join('here');
    await fleet.join('here');
    // In a single jump no heartbeat would arrive, and a replica silent for two seconds counts as replaced.
    await fleet.passHeard(5_000);
    await fleet.take(limits, 4);
    for (let call = 0; call < 120; call += 1) await fleet.take(limits, 5);
    await fleet.server.kill();
    await fleet.pass(500);
    for (let call = 0; call < 20; call += 1) await fleet.take(limits, 4);
    expect(fleet.worst('minute')).to.be.at.most(100);
  });

  it('remembers the calls of replicas that were replaced before Redis loses its data', async () => {
    await started(9);
    await fleet.load({ day: 100 }, 50, 1);
    await fleet.replaceAll();
    await fleet.load({ day: 100 }, 20, 1);
    await fleet.server.kill();
    await fleet.load({ day: 100 }, 10, 1);
    await fleet.server.restart();
    await fleet.settled();
    await fleet.load({ day: 100 }, 150, 2);
    expect(fleet.grants.length).to.be.within(80, 100);
  });

  it('counts for a day what a replica was granted that crashed just before Redis lost its data', async () => {
    await started(14);
    await fleet.load({ day: 200 }, 60, 1);
    for (let call = 0; call < 3; call += 1) await fleet.take({ day: 200 }, 0);
    await fleet.crash(0);
    // A replica that does not know the quota would wait for the others, and the clock stands still here.
    await fleet.take({ day: 200 }, 3);
    await fleet.server.restart();
    await fleet.settled();
    await fleet.load({ day: 200 }, 150, 3);
    expect(fleet.grants.length).to.be.within(160, 200);
  });

  it('treats a Redis that comes back with an older state as an empty one', async () => {
    await started(10);
    await fleet.load({ day: 100 }, 40, 1);
    await fleet.writeToDisk();
    await fleet.load({ day: 100 }, 40, 1);
    await fleet.server.kill();
    await fleet.load({ day: 100 }, 5, 1);
    await fleet.server.restart();
    await fleet.settled();
    await fleet.load({ day: 100 }, 150, 2);
    expect(fleet.grants.length).to.be.within(80, 100);
  });

  it('grants no refused call from a share when another replica joins while others still report what was lost', async () => {
    await started(16);
    const limits = { minute: 10 };
    await fleet.load(limits, 15, 2);
    await fleet.replicas[0]?.redis.run('flush', (client) => client.flushall());
    const refusedFor = async (milliseconds: number): Promise<void> => {
      for (let passed = 0; passed < milliseconds; passed += 100) {
        await fleet.pass(100);
        await Promise.all([0, 1, 2, 3].map((replica) => fleet.take(limits, replica, 2)));
      }
    };
    await refusedFor(8_000);
    await fleet.join();
    await refusedFor(4_000);
    expect(fleet.worst('minute')).to.equal(10);
  });

  it('counts in Redis again soon after it lost a single state, also of a subject in constant use', async () => {
    await started(11);
    const limits = { minute: 10_000 };
    // Long enough: a Redis that was just emptied would wait for others.
    await fleet.load(limits, 60, 1);
    await fleet.load(limits, 5, 40);
    const [one] = fleet.replicas;
    const keys = (await one?.redis.run('keys', (client) => client.keys('*:quota:*'))) ?? [];
    const state = keys.filter((key) => !key.endsWith(':minute'));
    expect(await one?.redis.run('del', (client) => client.del(...state))).to.equal(1);
    await fleet.load(limits, 10, 40);
    const fallbacks = () => fleet.replicas.reduce((sum, replica) => sum + replica.fallbacks(), 0);
    const before = fallbacks();
    await fleet.load(limits, 5, 40);
    expect(fallbacks() - before, 'of 200 calls').to.be.below(20);
    expect(fleet.grants.length).to.be.within(850, 870);
  });

  it("has its share without Redis also where Redis's clock was set back before", async () => {
    await started(21);
    await fleet.load({ minute: 100 }, 30, 5);
    fleet.redisAheadMs = -3 * windowMs.hour;
    await fleet.load({ minute: 100 }, 120, 5);
    await fleet.server.kill();
    fleet.grants.length = 0;
    await fleet.load({ minute: 100 }, 130, 5);
    expect(fleet.worst('minute')).to.be.at.most(100);
    expect(fleet.grants.length).to.be.at.least(160);
  });

  it("stops counting a replica that is gone soon after Redis's clock was set back", async () => {
    await started(22);
    fleet.redisAheadMs = -3 * windowMs.hour;
    await fleet.crash(0);
    await fleet.passHeard(70_000);
    expect(fleet.replicas.map(({ limiter }) => limiter.replicas)).to.deep.equal([4, 4, 4, 4]);
  });

  it('divides a limit smaller than the number of replicas without exceeding or forgetting it', async () => {
    await started(7);
    await fleet.load({ minute: 2 }, 130, 1);
    await fleet.server.kill();
    await fleet.load({ minute: 2 }, 180, 1);
    expect(fleet.worst('minute')).to.equal(2);
    expect(fleet.grants.length).to.be.at.least(8);
  });

  it('never exceeds a limit through any order of faults', async function () {
    this.timeout(240_000);
    const seconds = fc.integer({ min: 1, max: 40 });
    const episode = fc.oneof(
      fc.record({
        fault: fc.constantFrom(
          'loss',
          'older',
          'replaced',
          'freeze',
          'flush',
          'cut',
          'mute',
          'crash',
          'clock',
        ),
        seconds,
      }),
    );
    const schedule = fc.record({
      seed: fc.nat(1_000_000),
      limit: fc.constantFrom(3, 17, 100),
      episodes: fc.array(episode, { minLength: 1, maxLength: 4 }),
    });
    const quickLosses = {
      seed: 0,
      limit: 100 as const,
      episodes: [1, 7, 1].map((length) => ({ fault: 'loss' as const, seconds: length })),
    };
    const crashAndLoss = {
      seed: 2,
      limit: 17 as const,
      episodes: [
        { fault: 'crash' as const, seconds: 1 },
        { fault: 'flush' as const, seconds: 3 },
      ],
    };
    const replacedAndOlder = {
      seed: 3,
      limit: 17 as const,
      episodes: (['replaced', 'older', 'replaced', 'loss'] as const).map((fault) => ({ fault, seconds: 5 })),
    };
    const property = fc.asyncProperty(schedule, async ({ seed, limit, episodes }) => {
      const limits = { minute: limit, day: 3 * limit };
      await started(seed);
      try {
        for (const { fault, seconds: length } of episodes) {
          if (fault === 'older') await fleet.writeToDisk();
          await fleet.load(limits, 20 + length, limit / 20);
          await fleet.suffer(fault, () => fleet.load(limits, length, limit / 20));
        }
        await fleet.load(limits, 90, limit / 20);
        expect(fleet.worst('minute')).to.be.at.most(limit);
        // The last seconds of grants to a crashed replica are known to Redis only.
        const crashed = episodes.some(({ fault }) => fault === 'crash');
        if (!crashed) expect(fleet.worst('day')).to.be.at.most(3 * limit);
      } finally {
        await fleet.stop();
      }
    });
    // Only the given examples unless more are requested: the outcome of a schedule also depends on the machine.
    await fc.assert(property, {
      numRuns: Number(process.env['FLEET_RUNS'] ?? 3),
      examples: [[quickLosses], [crashAndLoss], [replacedAndOlder]],
      endOnFailure: true,
    });
  });
});
