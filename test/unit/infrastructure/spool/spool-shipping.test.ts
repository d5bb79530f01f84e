import { expect } from 'chai';
import type { Pool } from 'pg';
import { TrailUnavailable } from '../../../../src/infrastructure/postgres/call-group.ts';
import { shipSegment, type ShippingDeps } from '../../../../src/infrastructure/spool/spool-shipping.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

describe('shipping a spool', () => {
  it('says what keeps it from asking the database, for whoever reads the log', async () => {
    const segment = {
      path: '1.spool',
      records: 1,
      bytes: 2,
      shipped: 0,
      isFound: false,
      isUnreadable: false,
    };
    const refused = new Error('too many connections for database "integration"');
    const deps: ShippingDeps = {
      spool: {
        read: async () => ({ calls: [{ line: 'a', events: '' }], whole: true }),
      } as unknown as ShippingDeps['spool'],
      pool: { connect: () => Promise.reject(refused) } as unknown as Pool,
      clock: fixedClock(),
      onShipped: async () => undefined,
      onKept: () => undefined,
    };
    const met = await shipSegment(deps, segment, new AbortController().signal).catch((error: Error) => error);
    expect(met).to.be.instanceOf(TrailUnavailable);
    expect(met).to.have.property('message').that.includes(refused.message);
  });
});
