import { expect } from 'chai';
import type { StoredWindow } from '../../../../src/domain/rate-limit/quota-state-store.ts';
import { windowMs } from '../../../../src/domain/rate-limit/quota.ts';
import { storeAnswered } from '../../../../src/domain/rate-limit/replica-share.ts';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { ShareTable, type HeldShare } from '../../../../src/infrastructure/redis/quota/held-share.ts';
import { LocalQuota } from '../../../../src/infrastructure/redis/quota/local-quota.ts';
import { redisClock } from '../../../../src/infrastructure/redis/quota/redis-clock.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { aSubject } from '../../../support/quota-subjects.ts';

describe('LocalQuota, of a subject that Redis was never asked about', () => {
  const subject = aSubject({ minute: 40 });
  let shares: readonly HeldShare[];
  beforeEach(() => {
    shares = new ShareTable().open([subject], 0);
  });
  let whileReading: (share: HeldShare) => void;
  const time = redisClock(fixedClock());
  const local = new LocalQuota({
    time,
    rowReader: { read: async (read) => read.forEach((share) => whileReading(share)) },
    replicas: () => 4,
  });

  it('follows what Redis says when it answers while the table is read, not a share of what is left', async () => {
    whileReading = (share) => storeAnswered(share, [1]);
    const granted = [await local.take(shares, 1), await local.take(shares, 1)].filter(isRight);
    expect(granted).to.have.length(1);
  });

  /** The oldest of its calls has just left. */
  const rowOf = (writtenAt: number): StoredWindow => ({
    tenantId: subject.tenantId,
    subjectId: subject.subjectId,
    serviceName: subject.serviceName,
    window: 'minute',
    limit: 40,
    used: 12,
    isRateLimited: false,
    totalCostMicros: 0,
    windowStart: writtenAt - windowMs.minute,
    windowEnd: writtenAt,
    entries: [
      [writtenAt - windowMs.minute, 2],
      [writtenAt, 10],
    ],
    leased: 20,
  });

  for (const [ago, share] of [
    [windowMs.minute, 5],
    [windowMs.minute + 5_500, 5],
    [2 * windowMs.minute, 10],
  ] as const)
    it(`has a part of what must be left ${ago / 1_000} s after the row was written, of which what went in between may be inside`, async () => {
      whileReading = (held) => (held.rows = [rowOf(time.now() - ago)]);
      const asked = await Promise.all(Array.from({ length: 20 }, () => local.take(shares, 1)));
      expect(asked.filter(isRight)).to.have.length(share);
    });
});
