import { expect } from 'chai';
import { DatabaseError, type Pool } from 'pg';
import { TrailUnavailable } from '../../../../src/infrastructure/postgres/trail/call-group.ts';
import { shipSegment, type ShippingDeps } from '../../../../src/infrastructure/spool/spool-shipping.ts';
import { newSegment } from '../../../../src/infrastructure/spool/spool-segment.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

describe('shipping a spool', () => {
  it('logs the reason why it cannot ask the database', async () => {
    const segment = newSegment('1.spool');
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

  it('keeps the file of a call that the database refused before it was lost on the way', async () => {
    const segment = newSegment('1.spool');
    const calls = ['refused', ...Array.from({ length: 256 }, (_, at) => `call ${at}`)];
    const removed: unknown[] = [];
    const kept: unknown[] = [];
    let isAway = false;
    const deps: ShippingDeps = {
      spool: {
        read: async () => ({ calls: calls.map((line) => ({ line, events: '' })), whole: true }),
        remove: async (_: unknown, keepAs?: string) => void removed.push(keepAs),
      } as unknown as ShippingDeps['spool'],
      pool: aPool(() => isAway),
      clock: fixedClock(),
      onShipped: async () => {
        isAway = true;
      },
      onKept: (file, why) => void kept.push([file, why]),
    };
    const ship = () => shipSegment(deps, segment, new AbortController().signal);
    expect(await ship().catch((error: Error) => error)).to.be.instanceOf(TrailUnavailable);
    expect(segment.shipped).to.equal(256);
    isAway = false;
    await ship();
    expect(removed).to.deep.equal(['.kept']);
    expect(kept).to.have.length(1);
    expect(kept[0]).to.have.property('1').that.includes('the call trail refused the record');
  });

  it('keeps the file of which the disk has lost a part, when the rest of it is stored', async () => {
    const removed: unknown[] = [];
    const kept: unknown[] = [];
    const deps: ShippingDeps = {
      spool: {
        read: async () => ({ calls: [{ line: 'left', events: '' }], whole: false }),
        remove: async (_: unknown, keepAs?: string) => void removed.push(keepAs),
      } as unknown as ShippingDeps['spool'],
      pool: aPool(() => false),
      clock: fixedClock(),
      onShipped: async () => undefined,
      onKept: (...told) => void kept.push(told),
    };
    await shipSegment(deps, newSegment('1.spool'), new AbortController().signal);
    expect(removed).to.deep.equal(['.kept']);
    expect(kept).to.deep.equal([['1.spool.kept', 'the disk has lost a part of it']]);
  });

  it('treats a call as stored that the group it was diverted from has stored since the lookup', async () => {
    const removed: unknown[] = [];
    const deps: ShippingDeps = {
      spool: {
        read: async () => ({ calls: [{ line: 'there', events: '' }], whole: true }),
        remove: async (_: unknown, keepAs?: string) => void removed.push(keepAs),
      } as unknown as ShippingDeps['spool'],
      pool: aPool(() => false),
      clock: fixedClock(),
      onShipped: async () => undefined,
      onKept: (_, why) => expect.fail(why),
    };
    await shipSegment(deps, newSegment('1.spool'), new AbortController().signal);
    expect(removed).to.deep.equal([undefined]);
  });
});

const refusals = [
  ['refused', '22P02'],
  ['there', '23505'],
] as const;

/** Refuses calls with these ids: for their data, or as duplicates. */
const aPool = (isAway: () => boolean): Pool => {
  const query = async (asked: string | { readonly text: string; readonly values?: readonly unknown[] }) => {
    const { text, values = [] } = typeof asked === 'string' ? { text: asked } : asked;
    for (const [line, code] of refusals)
      if (text.includes('append_calls') && String(values[0]).includes(line))
        throw Object.assign(new DatabaseError('a refusal', 0, 'error'), { code, severity: 'ERROR' });
    return { rows: [], rowCount: 0 };
  };
  const connect = async () => {
    if (isAway()) throw new Error('connection refused');
    return { query, release: () => undefined };
  };
  return { connect } as unknown as Pool;
};
