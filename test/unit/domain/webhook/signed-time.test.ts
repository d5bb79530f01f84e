import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { withinWindow } from '../../../../src/domain/webhook/proof/signed-time.ts';

const NOW = 1_800_000_000_500;
const within = (at: number, unit: 's' | 'ms') => withinWindow(at, { unit, toleranceSeconds: 300 }, NOW);

describe('the window of a signed time', () => {
  it('is open both ways to its last second, and to its last millisecond', () => {
    for (const at of [NOW - 500 - 300_000, NOW - 500 + 300_000])
      expect(within(at, 's')).to.deep.equal(right(at));
    for (const at of [NOW - 300_000, NOW + 300_000]) expect(within(at, 'ms')).to.deep.equal(right(at));
  });

  it('says how old or how early a time is, in whole seconds', () => {
    expect(within(NOW - 500 - 301_000, 's')).to.deep.equal(
      left({ kind: 'timestamp-too-old', ageSeconds: 301 }),
    );
    expect(within(NOW - 300_001, 'ms')).to.deep.equal(left({ kind: 'timestamp-too-old', ageSeconds: 301 }));
    expect(within(NOW + 300_001, 'ms')).to.deep.equal(
      left({ kind: 'timestamp-in-future', aheadSeconds: 301 }),
    );
  });
});
