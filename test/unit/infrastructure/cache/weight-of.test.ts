import { expect } from 'chai';
import fc from 'fast-check';
import { weightOf } from '../../../../src/infrastructure/cache/weight-of.ts';

describe('the weight of a cached value', () => {
  it('is never less than its text, which no memory holds in fewer bytes for long', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean()))), (rows) => {
        const characters = rows
          .flat()
          .reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 0), 0);
        expect(weightOf(rows)).to.be.at.least(characters + 4 * rows.flat().length);
      }),
    );
  });

  it('grows with every member', () => {
    const place = { latitude: 41.3, longitude: 69.2, address: 'Ташкент' };
    expect(weightOf([place, place])).to.be.above(weightOf([place]));
    expect(weightOf({ ...place, more: null })).to.be.above(weightOf(place));
    expect(weightOf(undefined)).to.be.at.least(0);
  });
});
