import { expect } from 'chai';
import fc from 'fast-check';
import {
  beginWrite,
  covered,
  isMissized,
  isWriting,
  leaseSize,
  makeLease,
  spend,
  voidLease,
  wantsRenewal,
  writeInDoubt,
  writeStored,
  type PermitLease,
} from '../../../../src/domain/rate-limit/permit-lease.ts';
import { advance, makeWindow, take } from '../../../../src/domain/rate-limit/rate-limit-window.ts';
import { windowMs, type WindowType } from '../../../../src/domain/rate-limit/quota.ts';

const windowOf = (type: WindowType, limit: number, spent = 0, now = 0) => {
  const window = makeWindow(type, limit);
  advance(window, now);
  take(window, spent);
  return window;
};
const leased = (permits: number): PermitLease => {
  const lease = makeLease();
  beginWrite(lease, permits, 0);
  writeStored(lease);
  return lease;
};

describe('PermitLease', () => {
  it('covers nothing until the first row is stored', () => {
    const lease = makeLease();
    expect(covered(lease)).to.equal(0);
    beginWrite(lease, 5, 0);
    expect(covered(lease)).to.equal(0);
    writeStored(lease);
    expect(covered(lease)).to.equal(5);
  });

  it('while a row is written, a grant must be covered by the old row and by the new one', () => {
    const lease = leased(5);
    spend(lease, 3, 0);
    beginWrite(lease, 4, 0);
    expect(covered(lease)).to.equal(2);
    spend(lease, 2, 0);
    expect(covered(lease)).to.equal(0);
    writeStored(lease);
    expect(covered(lease)).to.equal(2);
  });

  it('a failed write leaves the stricter of both rows', () => {
    const lease = leased(5);
    beginWrite(lease, 2, 0);
    spend(lease, 1, 0);
    writeInDoubt(lease);
    expect(covered(lease)).to.equal(1);
  });

  it('always limits the grants made after a row that may be stored to its lease', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('spend' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('begin' as const), n: fc.nat(9) }),
      fc.record({ do: fc.constantFrom('stored' as const, 'failed' as const), n: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const lease = makeLease();
        // Rows that a restart may find, each with its lease and the grants since it was made.
        let rows = [{ leased: 0, granted: 0 }];
        let writing: { leased: number; granted: number } | undefined;
        for (const { do: what, n } of steps) {
          if (what === 'spend') {
            if (covered(lease) < n) continue;
            spend(lease, n, 0);
            for (const row of rows) row.granted += n;
          } else if (what === 'begin') {
            if (writing !== undefined) continue;
            writing = { leased: n, granted: 0 };
            rows.push(writing);
            beginWrite(lease, n, 0);
          } else if (writing !== undefined) {
            if (what === 'stored') rows = [writing];
            (what === 'stored' ? writeStored : writeInDoubt)(lease);
            writing = undefined;
          }
          expect(rows.every((row) => row.granted <= row.leased)).to.equal(true);
        }
      }),
    );
  });

  it('asks for renewal when half is spent and nothing larger is on its way', () => {
    const lease = leased(8);
    spend(lease, 4, 0);
    expect(wantsRenewal(lease)).to.equal(false);
    spend(lease, 1, 0);
    expect(wantsRenewal(lease)).to.equal(true);
    beginWrite(lease, 8, 0);
    expect(wantsRenewal(lease)).to.equal(false);
  });

  it('asks for renewal at half of what is ahead: what calls wait for is gone at once', () => {
    const lease = makeLease();
    beginWrite(lease, 8, 4);
    writeStored(lease);
    spend(lease, 6, 0);
    expect(wantsRenewal(lease)).to.equal(false);
    spend(lease, 1, 0);
    expect(wantsRenewal(lease)).to.equal(true);
    beginWrite(lease, 0, 4);
    expect(wantsRenewal(lease)).to.equal(false);
  });

  it('is void for a window that no stored row knows', () => {
    const lease = leased(8);
    voidLease(lease);
    expect([covered(lease), isWriting(lease)]).to.deep.equal([0, false]);
  });

  it('is void also in the row being written, but what went on while the store was away stays owed', () => {
    const lease = leased(2);
    spend(lease, 3, 0);
    beginWrite(lease, 5, 0);
    voidLease(lease);
    expect(covered(lease)).to.equal(-1);
    writeStored(lease);
    expect(covered(lease)).to.equal(0);
    beginWrite(lease, 1, 0);
    spend(lease, 3, 0);
    voidLease(lease);
    writeStored(lease);
    expect(covered(lease)).to.equal(-2);
  });

  it('is two seconds of recent use, at most 5 % of the smallest limit, at least one call', () => {
    const busy = makeLease();
    for (let call = 0; call < 30; call += 1) spend(busy, 1, 500);
    const at = (lease: PermitLease, limit: number, now = 500) =>
      leaseSize(lease, [windowOf('minute', limit), windowOf('day', 1_000_000)], now, 0);
    expect(at(makeLease(), 10_000)).to.equal(8);
    expect(at(busy, 10_000)).to.equal(60);
    expect(at(busy, 10_000, 1_900)).to.equal(60);
    expect(at(busy, 10_000, 2_000)).to.equal(8);
    expect(at(busy, 600)).to.equal(30);
    expect(at(busy, 60)).to.equal(3);
    expect(at(busy, 5)).to.equal(1);
    const heavy = makeLease();
    spend(heavy, 4, 500);
    expect(at(heavy, 20)).to.equal(4);
  });

  it('judges use by the fuller of this second and the one before, and forgets it after a silent second', () => {
    const lease = makeLease();
    const size = (now: number) => leaseSize(lease, [windowOf('minute', 10_000)], now, 0);
    spend(lease, 20, 4_999);
    spend(lease, 1, 5_000);
    expect([size(5_000), size(6_000), size(7_000)]).to.deep.equal([40, 8, 8]);
    spend(lease, 10, 6_000);
    expect([size(6_000), size(7_000)]).to.deep.equal([20, 20]);
    spend(lease, 5, 8_000);
    expect([size(8_000), size(9_000)]).to.deep.equal([10, 10]);
  });

  it('holds what calls wait for on top, and never more than the windows could grant within seconds', () => {
    const lease = makeLease();
    expect(leaseSize(lease, [windowOf('minute', 60)], 0, 20)).to.equal(23);
    expect(leaseSize(lease, [windowOf('minute', 60, 50)], 0, 20)).to.equal(10);
    expect(leaseSize(lease, [windowOf('minute', 60, 60)], 0, 0)).to.equal(0);
    expect(leaseSize(lease, [windowOf('minute', 60, 60)], windowMs.minute - 2_000, 0)).to.equal(3);
    expect(leaseSize(lease, [windowOf('minute', 60), windowOf('day', 0)], 0, 0)).to.equal(0);
    expect(leaseSize(lease, [], 0, 0)).to.equal(0);
  });

  it('is missized when less than half or more than twice of what is wanted', () => {
    const sizes = [0, 3, 4, 8, 16, 17].map((permits) => isMissized(leased(permits), 8));
    expect(sizes).to.deep.equal([true, true, false, false, false, true]);
    expect([isMissized(leased(0), 0), isMissized(leased(1), 0)]).to.deep.equal([false, true]);
  });
});
