import { expect } from 'chai';
import { fakeQuotaStateStore, type FakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { answeredReplica, type LimiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, redisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const subject = aSubject({ day: 1_000 });

/**
 * For replicas that may crash before the next row and had made more calls by then: twice the calls made before this
 * one.
 */
describe('The permits that a row of a window leases', () => {
  let offset: number;
  let store: FakeQuotaStateStore;
  let replica: LimiterReplica;
  beforeEach(async () => {
    const { url } = await redisServer();
    [offset, store] = [0, fakeQuotaStateStore()];
    replica = await answeredReplica({
      url,
      keyPrefix: freshKeyPrefix(),
      store: store.connect(),
      timeOffset: () => offset,
      standsAt: Date.now(),
      commandTimeoutMs: 5_000,
    });
  });
  afterEach(() => replica.close());

  const take = (units: number) => replica.limiter.take([subject], units);
  const leasedWith = async (used: number): Promise<number | undefined> => {
    const row = await until(
      async () => store.row(subject.subjectId, 'day'),
      (found) => found?.used === used,
    );
    return row?.leased;
  };

  it('are twice the calls made since the previous row', async () => {
    await take(4);
    expect(await leasedWith(4)).to.equal(8);
    await take(3);
    offset += 6_000;
    expect(await leasedWith(7)).to.equal(6);
    await take(2);
    offset += 6_000;
    expect(await leasedWith(9)).to.equal(4);
  });

  it('include those of the time before when a row is written early, as when a replica leaves', async () => {
    await take(4);
    expect(await leasedWith(4)).to.equal(8);
    await take(3);
    await replica.close();
    expect(await leasedWith(7)).to.equal(14);
  });

  /** Two answers to its own reports are needed: the first may belong to an earlier one in progress. */
  const told = async (): Promise<void> => {
    const before = replica.answered('sync');
    await until(
      async () => replica.answered('sync'),
      (answers) => answers >= before + 2,
    );
  };

  it('include calls that Redis was told of later, once it answered again', async () => {
    await take(4);
    expect(await leasedWith(4)).to.equal(8);
    replica.cut('both');
    await take(3);
    replica.cut(undefined);
    await told();
    offset += 6_000;
    expect(await leasedWith(7)).to.equal(6);
  });

  it("are the same after Redis's clock was set back", async () => {
    await take(4);
    expect(await leasedWith(4)).to.equal(8);
    offset -= 100_000;
    await take(3);
    offset += 6_000;
    expect(await leasedWith(7)).to.equal(6);
  });
});
