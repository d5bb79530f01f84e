import { expect } from 'chai';
import { memoryCacheTier } from '../../../src/infrastructure/cache/memory-cache-tier.ts';
import { RedisCacheTier } from '../../../src/infrastructure/redis/cache/redis-cache-tier.ts';
import type { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { anEntry, inMemoryOnly, keyOf, persisted } from '../../support/cache-store-rig.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { openRedis } from '../../support/redis-rig.ts';
import { freshKeyPrefix, startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** Some tests wait for this timeout, the others must not reach it. */
const COMMAND_TIMEOUT_MS = 400;

describe('the first cache tier on Redis', () => {
  let server: PrivateRedis;
  let redis: RedisConnection;
  beforeEach(async () => {
    server = await startRedis();
    redis = await openRedis(server.url, freshKeyPrefix(), { commandTimeoutMs: COMMAND_TIMEOUT_MS });
  });
  afterEach(async () => {
    await redis.close();
    await server.stop();
  });

  const aReplica = (maxEntries = 100) => {
    const clock = fixedClock();
    const local = memoryCacheTier(maxEntries, clock);
    return { clock, tier: new RedisCacheTier({ redis, local, clock, maxEntries }) };
  };
  /** Also after the driver itself gave up its connection, which is reported only when it is closed. */
  const answering = (): Promise<unknown> =>
    until(
      () => redis.run('ping', (client) => client.ping()).catch(() => undefined),
      (answer) => answer === 'PONG',
    );

  it('answers soon with nothing while Redis hangs, and carries out the removals made meanwhile', async () => {
    const [{ clock, tier }, other] = [aReplica(), aReplica()];
    const entry = anEntry(clock);
    await tier.keep(TENANT, entry, persisted);
    server.freeze();
    clock.advance(1_000);
    const started = performance.now();
    expect((await tier.find(TENANT, entry.key)).entry).to.equal(undefined);
    expect(await tier.remove(TENANT, entry.key)).to.equal(false);
    await tier.keep(TENANT, anEntry(clock, { key: keyOf('other') }), persisted);
    expect(await tier.size(TENANT)).to.equal(0);
    expect(performance.now() - started).to.be.below(10_000);
    server.thaw();
    await answering();
    expect((await tier.find(TENANT, entry.key)).entry).to.equal(undefined);
    await until(
      async () => (await other.tier.find(TENANT, entry.key)).entry,
      (found) => found === undefined,
    );
  });

  it('returns nothing that was removed while Redis hung, however many ask at once when it is back', async () => {
    const { clock, tier } = aReplica();
    const entry = anEntry(clock);
    await tier.keep(TENANT, entry, persisted);
    server.freeze();
    await until(
      async () => redis.isAway,
      (isAway) => isAway,
    );
    clock.advance(1_000);
    await tier.remove(TENANT, entry.key);
    server.thaw();
    await answering();
    const found = await Promise.all([1, 2, 3].map(async () => (await tier.find(TENANT, entry.key)).entry));
    expect(found).to.deep.equal([undefined, undefined, undefined]);
  });

  it('drops nothing of one tenant because another removed its key while Redis hung', async () => {
    const { clock, tier } = aReplica();
    const [shared, own] = [anEntry(clock), anEntry(clock, { key: keyOf('not for disks') })];
    await tier.keep(TENANT, shared, persisted);
    await tier.keep(TENANT, own, inMemoryOnly);
    server.freeze();
    clock.advance(1_000);
    for (const { key } of [shared, own]) expect(await tier.remove(OTHER_TENANT, key)).to.equal(false);
    const glance = await tier.find(TENANT, own.key);
    expect([glance.entry, glance.removedAt]).to.deep.equal([own, undefined]);
    server.thaw();
    await answering();
    expect((await tier.find(TENANT, shared.key)).entry?.value).to.deep.equal(shared.value);
  });

  it('removes for all replicas even when Redis is full, and stores nothing more', async () => {
    const [{ clock, tier }, other] = [aReplica(), aReplica()];
    const entry = anEntry(clock);
    await tier.keep(TENANT, entry, persisted);
    await redis.run('fill', (client) => client.config('SET', 'maxmemory', '1'));
    clock.advance(1_000);
    expect(await tier.remove(TENANT, entry.key)).to.equal(true);
    expect((await other.tier.find(TENANT, entry.key)).entry).to.equal(undefined);
    await redis.run('empty', (client) => client.config('SET', 'maxmemory', '0'));
    await tier.find(TENANT, entry.key);
    await until(
      async () => (await other.tier.find(TENANT, entry.key)).removedAt,
      (removedAt) => removedAt !== undefined,
    );
  });

  it('keeps a later load when a removal arrives late', async () => {
    const { clock, tier } = aReplica();
    const entry = anEntry(clock);
    await tier.keep(TENANT, entry, persisted);
    server.freeze();
    await tier.remove(TENANT, entry.key);
    server.thaw();
    await answering();
    clock.advance(1);
    await tier.keep(TENANT, anEntry(clock, { value: 'later' }), persisted);
    expect((await tier.find(TENANT, entry.key)).entry?.value).to.equal('later');
    expect((await tier.find(TENANT, entry.key)).entry?.value).to.equal('later');
  });

  it('does not forget a removal because of a load that had begun before and arrives late', async () => {
    const [{ clock, tier }, other] = [aReplica(), aReplica()];
    const entry = anEntry(clock);
    server.freeze();
    await until(
      async () => redis.isAway,
      (isAway) => isAway,
    );
    clock.advance(1_000);
    await tier.remove(TENANT, entry.key);
    server.thaw();
    await answering();
    await tier.keep(TENANT, entry, persisted);
    expect((await tier.find(TENANT, entry.key)).entry).to.equal(undefined);
    await until(
      async () => (await other.tier.find(TENANT, entry.key)).entry,
      (found) => found === undefined,
    );
  });

  it('writes nothing to Redis that may not be written to disk', async () => {
    const { clock, tier } = aReplica();
    await tier.keep(TENANT, anEntry(clock), inMemoryOnly);
    expect(await redis.run('keys', (client) => client.keys('*'))).to.deep.equal([]);
    expect((await tier.find(TENANT, keyOf('Тверская 13'))).entry).to.deep.equal(anEntry(clock));
  });

  it('sets an expiry on every key, and leaves a very large entry to the second tier', async () => {
    const { clock, tier } = aReplica();
    await tier.keep(TENANT, anEntry(clock), persisted);
    await tier.keep(TENANT, anEntry(clock, { key: keyOf('large'), value: 'x'.repeat(300_000) }), persisted);
    await tier.remove(TENANT, keyOf('removed'));
    const keys = await redis.run('keys', (client) => client.keys('*'));
    expect(keys).to.have.length(3);
    for (const key of keys) expect(await redis.run('ttl', (client) => client.pttl(key)), key).to.be.above(0);
  });

  it('rebuilds its index when another client overwrote it', async () => {
    const { clock, tier } = aReplica();
    await redis.run('spoil', (client) => client.set(`${redis.keyPrefix}cache:{${TENANT}}:index`, 'a text'));
    await tier.keep(TENANT, anEntry(clock), persisted);
    expect(await tier.size(TENANT)).to.equal(1);
  });

  const spoilings: { readonly [what: string]: (text: string) => string } = {
    'another text': () => 'a text',
    'half of an entry': (text) => text.slice(0, text.length / 2),
    'an entry that lacks something': (text) => text.replace('"freshUntil"', '"other"'),
    'an entry whose further services are no list': (text) =>
      text.replace('"operation"', '"alsoFrom":7,"operation"'),
    'the entry of another key': (text) => text.replace(':geocode:', ':reverse:'),
    'what another version wrote, by the head of ours': (text) => text.slice(0, 33) + '[]',
  };
  for (const [what, spoil] of Object.entries(spoilings))
    it(`ignores ${what}, removes it, and keeps the next load`, async () => {
      const { clock, tier } = aReplica();
      const entry = anEntry(clock);
      await tier.keep(TENANT, entry, persisted);
      const at = `${redis.keyPrefix}cache:{${TENANT}}:${entry.key}`;
      const text = await redis.run('read', (client) => client.get(at));
      const spoiled = spoil(text ?? '');
      expect(spoiled).not.to.equal(text);
      await redis.run('spoil', (client) => client.set(at, spoiled));
      expect((await tier.find(TENANT, entry.key)).entry).to.equal(undefined);
      await until(
        () => redis.run('look', (client) => client.exists(at)),
        (there) => there === 0,
      );
      await tier.keep(TENANT, entry, persisted);
      expect((await tier.find(TENANT, entry.key)).entry).to.deep.equal(entry);
    });

  it('keeps the next load also where another client wrote a list', async () => {
    const { clock, tier } = aReplica();
    const entry = anEntry(clock);
    const at = `${redis.keyPrefix}cache:{${TENANT}}:${entry.key}`;
    await redis.run('spoil', (client) => client.rpush(at, 'a list'));
    expect((await tier.find(TENANT, entry.key)).entry).to.equal(undefined);
    await tier.keep(TENANT, entry, persisted);
    expect((await tier.find(TENANT, entry.key)).entry).to.deep.equal(entry);
  });

  it('limits the entries of a tenant: the one that expires first is evicted first', async () => {
    const { clock, tier } = aReplica(3);
    const keys = Array.from({ length: 5 }, (_, n) => keyOf(`street ${n}`));
    for (const key of keys) {
      await tier.keep(TENANT, anEntry(clock, { key }), persisted);
      clock.advance(1);
    }
    const found = await Promise.all(
      keys.map(async (key) => (await tier.find(TENANT, key)).entry !== undefined),
    );
    expect(found).to.deep.equal([false, false, true, true, true]);
    expect(await tier.size(TENANT)).to.equal(3);
  });
});
