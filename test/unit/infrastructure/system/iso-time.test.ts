import { expect } from 'chai';
import fc from 'fast-check';
import { isoTime } from '../../../../src/infrastructure/system/iso-time.ts';

const LAST = 8.64e15;

describe('the text of a time', () => {
  it('is that of its date, for every time', () => {
    const anyTime = fc.oneof(
      fc.integer({ min: -LAST, max: LAST }),
      fc.double({ min: -LAST, max: LAST, noNaN: true }),
      fc.integer({ min: -5_000, max: 5_000 }),
    );
    fc.assert(
      fc.property(fc.array(anyTime, { minLength: 1 }), (times) => {
        expect(times.map(isoTime)).to.deep.equal(times.map((time) => new Date(time).toISOString()));
      }),
    );
  });

  it('follows from one second to the next and back', () => {
    const times = [0, 999, 1_000, 1_001, 999, 59_999, 60_000, -1, -1_000];
    expect(times.map(isoTime)).to.deep.equal(times.map((time) => new Date(time).toISOString()));
  });

  for (const time of [Number.NaN, Number.POSITIVE_INFINITY, LAST + 1_000])
    it(`refuses ${time}, and formats the next one correctly`, () => {
      expect(() => isoTime(time)).to.throw(RangeError);
      expect(isoTime(1_500)).to.equal('1970-01-01T00:00:01.500Z');
    });
});
