import { expect } from 'chai';
import { heardOf } from '../../../../src/domain/rate-limit/replica-share.ts';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { ShareTable, type HeldShare } from '../../../../src/infrastructure/redis/held-share.ts';
import { LocalQuota } from '../../../../src/infrastructure/redis/local-quota.ts';
import { redisClock } from '../../../../src/infrastructure/redis/redis-clock.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { aSubject } from '../../../support/quota-subjects.ts';

describe('LocalQuota, of a subject that Redis was never asked about', () => {
  const shares = new ShareTable().open([aSubject({ minute: 40 })], 0);
  let whileReading: (share: HeldShare) => void;
  const local = new LocalQuota({
    time: redisClock(fixedClock()),
    stored: { read: async (read) => read.forEach((share) => whileReading(share)) },
    replicas: () => 4,
  });

  it('goes by what Redis says that answers while the table is read, not by a share of what is left', async () => {
    whileReading = (share) => heardOf(share, [1]);
    const granted = [await local.take(shares, 1), await local.take(shares, 1)].filter(isRight);
    expect(granted).to.have.length(1);
  });
});
