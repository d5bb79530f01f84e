import { expect } from 'chai';
import { Redis } from 'ioredis';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { fakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { limiterReplica, type LimiterReplica } from '../../support/redis-limiter-rig.ts';
import { startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { eventually } from '../../support/until.ts';

/** The driver sends a script once by its text, and then by its hash: here each is executed once for a connection. */
describe('A limit of replicas whose Redis user may run scripts by their text only', () => {
  let server: PrivateRedis;
  const replicas: LimiterReplica[] = [];
  before(async () => {
    server = await startRedis();
    const administrator = new Redis(server.url);
    await administrator.call('ACL', 'SETUSER', 'narrow', 'on', '>pw', '~*', '&*', '+@all', '-evalsha');
    administrator.disconnect();
  });
  after(async () => {
    for (const replica of replicas) await replica.close();
    await server.stop();
  });

  it('is not exceeded by a replica that knows none of those that joined later', async () => {
    const url = server.url.replace('//', '//narrow:pw@');
    const store = fakeQuotaStateStore().connect();
    for (let n = 0; n < 3; n += 1) {
      const replica = await limiterReplica({ url, keyPrefix: 'narrow:', store });
      replicas.push(replica);
      const { redis } = replica;
      await eventually('the refusal', async () => (redis.refusal === undefined ? undefined : true));
    }
    const limits = { minute: 60 };
    const takes = replicas.flatMap(({ limiter }) =>
      Array.from({ length: 60 }, () => limiter.take([aSubject(limits)], 1)),
    );
    const granted = (await Promise.all(takes)).filter(isRight);
    expect(granted.length).to.be.within(30, 60);
  });
});
