import { expect } from 'chai';
import { right } from '../../../src/domain/shared/fp.ts';
import type { Clock } from '../../../src/domain/shared/clock.ts';
import { memoryCacheTier } from '../../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../../src/infrastructure/cache/tiered-cache-store.ts';
import { DatabaseClock } from '../../../src/infrastructure/postgres/connection/database-clock.ts';
import { postgresCacheTier } from '../../../src/infrastructure/postgres/cache/postgres-cache-tier.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { RedisCacheTier } from '../../../src/infrastructure/redis/cache/redis-cache-tier.ts';
import type { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { redisSharedPurges } from '../../../src/infrastructure/redis/cache/redis-shared-purges.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aContext, anExternalService, TENANT } from '../../support/an-external-service.ts';
import { anEntry, inMemoryOnly, keyOf, L1_MS, persisted, SERVICE_ID } from '../../support/cache-store-rig.ts';
import { openRedis } from '../../support/redis-rig.ts';
import { freshKeyPrefix, redisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { migratedDatabase } from '../postgres/postgres-fixture.ts';

const SKEW_MS = 2_000;

describe('the cache of replicas whose clocks are two seconds apart', () => {
  const { database } = migratedDatabase();
  let redis: RedisConnection;
  before(async () => {
    redis = await openRedis((await redisServer()).url, freshKeyPrefix());
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    await unitOfWork.run(aContext(TENANT), async (tx) =>
      right(await tx.services.add(anExternalService({ id: SERVICE_ID }))),
    );
  });
  after(() => redis.close());

  const replica = async (aheadMs: number) => {
    const own: Clock = { now: () => Date.now() + aheadMs, monotonic: systemClock.monotonic };
    const clock = new DatabaseClock({ database: database(), clock: own, sleep: systemSleep });
    await clock.look();
    const local = memoryCacheTier(100, clock);
    const store = new TieredCacheStore({
      l1: new RedisCacheTier({ redis, local, clock, latest: clock.latest, maxEntries: 100 }),
      l2: postgresCacheTier(database(), systemSleep),
      sharedPurges: redisSharedPurges(redis, systemIds),
      clock,
      latest: clock.latest,
      l1Ms: L1_MS,
      onBrokenTier: (error) => {
        throw error;
      },
    });
    const load = async (key: string, limits = persisted): Promise<void> => {
      const at = { now: clock.now } as Parameters<typeof anEntry>[0];
      await store.store(TENANT, anEntry(at, { key }), limits);
    };
    return { clock, store, load };
  };

  for (const [words, loader, purger] of [
    ['loaded by the fast one and purged by the slow one', SKEW_MS / 2, -SKEW_MS / 2],
    ['loaded by the slow one and purged by the fast one', -SKEW_MS / 2, SKEW_MS / 2],
  ] as const)
    it(`is purged of what was ${words}, and of nothing that is loaded afterwards`, async () => {
      const [a, b] = [await replica(loader), await replica(purger)];
      for (let round = 0; round < 10; round += 1) {
        const [key, own] = [keyOf(`${words} ${round}`), keyOf(`own ${words} ${round}`)];
        await a.load(key);
        await a.load(own, inMemoryOnly);
        await b.store.invalidate(TENANT, {});
        const purgedBy = b.clock.latest();
        for (const purged of [key, own]) expect(await a.store.find(TENANT, purged)).to.be.a('string');
        await until(
          async () => a.clock.now(),
          (now) => now > purgedBy,
        );
        await a.load(key);
        for (const { store } of [a, b])
          expect(await store.find(TENANT, key)).to.have.nested.property('entry.key', key);
      }
    });

  it('applies a removal made at another one, also to entries in its own memory', async () => {
    const [a, b] = [await replica(SKEW_MS / 2), await replica(-SKEW_MS / 2)];
    await a.load(keyOf('removed'), inMemoryOnly);
    await b.store.remove(TENANT, keyOf('removed'));
    expect(await a.store.find(TENANT, keyOf('removed'))).to.equal('cold');
  });
});
