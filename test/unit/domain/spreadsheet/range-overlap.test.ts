import { expect } from 'chai';
import fc from 'fast-check';
import type { A1Range } from '../../../../src/domain/spreadsheet/a1-range.ts';
import { overlaps } from '../../../../src/domain/spreadsheet/range-overlap.ts';
import { parsed, ranges, titles } from './arbitrary-ranges.ts';

/** Ranges of the properties begin and end inside of it, so that the open ones reach beyond all of them. */
const GRID = 8;

const holds = ({ start, end }: A1Range, column: number, row: number): boolean =>
  column >= (start.column ?? 1) &&
  column <= (end.column ?? Infinity) &&
  row >= (start.row ?? 1) &&
  row <= (end.row ?? Infinity);

const shareACell = (one: A1Range, other: A1Range): boolean => {
  for (let column = 1; column <= GRID + 1; column += 1)
    for (let row = 1; row <= GRID + 1; row += 1)
      if (holds(one, column, row) && holds(other, column, row)) return true;
  return false;
};

const sheet = fc.constantFrom('Лист 1', 'Лист 2');

const tell = (one: string, other: string): boolean => overlaps(parsed(one), parsed(other));

describe('overlaps', () => {
  it('agrees with the cells, counted one by one', () => {
    fc.assert(
      fc.property(ranges(sheet, GRID), ranges(sheet, GRID), (one, other) => {
        const mayBeOneSheet =
          one.sheet === undefined || other.sheet === undefined || one.sheet === other.sheet;
        expect(overlaps(one, other)).to.equal(mayBeOneSheet && shareACell(one, other));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(ranges(titles), ranges(titles), (one, other) => {
        expect(overlaps(one, other)).to.equal(overlaps(other, one));
      }),
    );
  });

  it('is true of a range and itself', () => {
    fc.assert(fc.property(ranges(titles), (one) => overlaps(one, one)));
  });

  const cases: readonly (readonly [string, string, boolean])[] = [
    ['Лист 1!A1:B2', 'Лист 1!B2:C3', true],
    ['Лист 1!A1:B2', 'Лист 1!C3', false],
    ['Лист 1!A1:B2', 'ЛИСТ 1!b2', true],
    ['Лист 1!A1:B2', 'Лист 2!A1:B2', false],
    ["'Лист 1'", 'Лист 1!ZZ9999', true],
    ["'Лист 1'", 'Лист 2!A1', false],
    ['A1', 'Лист 1!A1', true],
    ['A1', 'Лист 1!B1', false],
    ['A5:A', 'A4', false],
    ['A5:A', 'A1000000', true],
    ['A:C', '7:7', true],
    ['B2:7', 'A1:A9', false],
  ];

  for (const [one, other, expected] of cases) {
    it(`says ${expected ? 'yes' : 'no'} for ${one} and ${other}`, () => {
      expect(tell(one, other)).to.equal(expected);
    });
  }

  it('says yes in doubt: a bare word may be a named range, which lies anywhere', () => {
    expect(tell('prices', 'Лист 1!C7')).to.equal(true);
    expect(tell('цены_2026', 'Лист 1!C7')).to.equal(true);
    for (const title of ["'prices!'", "'!prices'", 'prices!A1'])
      expect(tell(title, 'Лист 1!C7'), title).to.equal(false);
  });

  it('says yes in doubt: titles that differ in form alone may be one sheet', () => {
    expect(tell("'Café 1'!A1", "'CAFE\u0301 1'!A1")).to.equal(true);
    expect(tell("'Straße 1'!A1", "'STRASSE 1'!A1")).to.equal(true);
  });
});
