import { expect } from 'chai';
import type { StoredWindow } from '../../../../src/domain/rate-limit/quota-state-store.ts';
import type { HeldShare } from '../../../../src/infrastructure/redis/quota/held-share.ts';
import { QuotaRowReader } from '../../../../src/infrastructure/redis/quota/quota-row-reader.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { aSubject } from '../../../support/quota-subjects.ts';

describe('what the table tells of a subject', () => {
  it('stays known where it was read in the background while a look waited for the table in vain', async () => {
    const clock = fixedClock();
    const subject = aSubject({ day: 100 });
    const row = { ...subject, window: 'day', used: 7 } as unknown as StoredWindow;
    const reader = new QuotaRowReader({
      store: {
        load: () => new Promise(() => undefined),
        loadAll: async () => [row],
        save: async () => undefined,
      },
      sleep: clock.sleep,
    });
    const share = { ...subject, rows: undefined } as unknown as HeldShare;
    const look = reader.read([share]);
    await reader.readAll([share]);
    await clock.run(1_000);
    await look;
    expect(share.rows).to.deep.equal([row]);
  });
});
