import { expect } from 'chai';
import type { PurgeStamp } from '../../../src/domain/cache/invalidation.ts';
import type { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { redisSharedPurges } from '../../../src/infrastructure/redis/cache/redis-shared-purges.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { TENANT } from '../../support/an-external-service.ts';
import { openRedis } from '../../support/redis-rig.ts';
import { freshKeyPrefix, redisServer } from '../../support/redis-server.ts';

describe('purges shared through Redis', () => {
  let redis: RedisConnection;
  before(async () => {
    redis = await openRedis((await redisServer()).url, freshKeyPrefix());
  });
  after(() => redis.close());

  it('do not include those that a purge of everything supersedes', async () => {
    const before: PurgeStamp = { scope: { tag: 'before' }, purgedAt: 9 };
    const after: PurgeStamp = { scope: { serviceName: 'after' }, purgedAt: 11 };
    const everything: PurgeStamp = { scope: {}, purgedAt: 10 };
    const purges = redisSharedPurges(redis, systemIds);
    await purges.publish(TENANT, [before, after]);
    const told = await purges.publish(TENANT, [everything]);
    expect(told.stamps).to.have.deep.members([after, everything]);
    expect(await purges.load(TENANT)).to.deep.equal(told);
  });
});
