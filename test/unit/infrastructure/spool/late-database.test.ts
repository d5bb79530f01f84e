import { expect } from 'chai';
import type { Pool, PoolClient } from 'pg';
import { SpoolingCallJournal } from '../../../../src/infrastructure/spool/spooling-call-journal.ts';
import { aRecordedCall } from '../../../support/a-recorded-call.ts';
import { aSpool } from '../../../support/a-spool.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { testFolder } from '../../../support/test-folder.ts';

describe('the trail of a database that does not answer', () => {
  it('goes to the disk when it was late at two looks: the first may be of a process that was held up', async () => {
    const folder = await testFolder();
    const clock = fixedClock();
    const connection = Promise.withResolvers<PoolClient>();
    const pool = { connect: () => connection.promise } as unknown as Pool;
    const journal = new SpoolingCallJournal({
      pool,
      shippingPool: pool,
      spool: aSpool(`${folder.path}/spool`),
      database: { isAway: () => false, onChange: () => undefined },
      clock,
      sleep: clock.sleep,
      onCommitted: () => undefined,
      onChanged: () => undefined,
      onKept: () => undefined,
      onShippingFailed: () => undefined,
    });
    try {
      const stored = journal.append(aRecordedCall(1));
      await turn();
      clock.advance(5_000);
      await turn();
      expect(journal.mode).to.equal('database');
      await clock.run(100);
      expect(journal.mode).to.equal('spool');
      await stored;
    } finally {
      connection.reject(new Error('the database is away'));
      await journal.close();
      folder.remove();
    }
  });
});
