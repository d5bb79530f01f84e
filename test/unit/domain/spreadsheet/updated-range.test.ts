import { expect } from 'chai';
import fc from 'fast-check';
import { a1Range } from '../../../../src/domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../../src/domain/spreadsheet/format-a1.ts';
import { rangeSize } from '../../../../src/domain/spreadsheet/range-size.ts';
import { splitUpdatedRange } from '../../../../src/domain/spreadsheet/updated-range.ts';
import { isRight, left, map, pipe, right } from '../../../../src/domain/shared/fp.ts';
import { parsed } from './arbitrary-ranges.ts';

const part = (rows: number, columns: number) => ({ rows, columns });
const split = (updated: string, parts: readonly { rows: number; columns: number }[]) =>
  pipe(
    splitUpdatedRange(parsed(updated), parts),
    map((own) => own.map(formatA1)),
  );

describe('splitUpdatedRange', () => {
  it('gives each caller its own rows and columns, in order', () => {
    expect(split("'Лист 2'!A6:C9", [part(1, 3), part(2, 2), part(1, 1)])).to.deep.equal(
      right(["'Лист 2'!A6:C6", "'Лист 2'!A7:B8", "'Лист 2'!A9"]),
    );
  });

  it('gives one caller all of it', () => {
    expect(split('Sheet1!B2:D4', [part(3, 3)])).to.deep.equal(right(['Sheet1!B2:D4']));
  });

  it('omits no row and returns none twice', () => {
    const size = fc.record({ rows: fc.integer({ min: 1, max: 9 }), columns: fc.integer({ min: 1, max: 9 }) });
    const sizes = fc.array(size, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 50 }),
        (parts, row, column) => {
          const rows = parts.reduce((sum, one) => sum + one.rows, 0);
          const columns = Math.max(...parts.map((one) => one.columns));
          const end = { column: column + columns - 1, row: row + rows - 1 };
          const answer = splitUpdatedRange(a1Range('Лист 1', { column, row }, end), parts);
          const own = isRight(answer) ? answer.right : [];
          expect(own.map(rangeSize)).to.deep.equal(parts);
          expect(new Set(own.map(({ sheet, start }) => `${sheet} ${start.column}`))).to.deep.equal(
            new Set([`Лист 1 ${column}`]),
          );
          const nextRows = own.map((one) => (one.end.row ?? 0) + 1);
          expect(own.map(({ start }) => start.row)).to.deep.equal([row, ...nextRows.slice(0, -1)]);
          expect(nextRows.at(-1)).to.equal(end.row + 1);
        },
      ),
    );
  });

  it('guesses nothing when the rows or columns differ from what was sent', () => {
    const sent = [part(1, 3), part(1, 3)];
    for (const [text, updated] of [
      ['Sheet1!A1:C3', part(3, 3)],
      ['Sheet1!A1:C1', part(1, 3)],
      ['Sheet1!A1:B2', part(2, 2)],
      ['Sheet1!A1:D2', part(2, 4)],
    ] as const)
      expect(split(text, sent)).to.deep.equal(left({ kind: 'other-size', sent: part(2, 3), updated }));
    expect(split('Sheet1!A:C', sent)).to.deep.equal(left({ kind: 'open-range' }));
  });
});
