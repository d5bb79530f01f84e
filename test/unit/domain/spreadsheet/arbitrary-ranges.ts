import fc from 'fast-check';
import { a1Range, type A1Range } from '../../../../src/domain/spreadsheet/a1-range.ts';
import type { Corner } from '../../../../src/domain/spreadsheet/a1-reference.ts';
import { parseA1 } from '../../../../src/domain/spreadsheet/parse-a1.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';

export const parsed = (text: string): A1Range => {
  const answer = parseA1(text);
  if (isLeft(answer)) throw new Error(`${text}: ${answer.left.kind}`);
  return answer.right;
};

const odd = fc.constantFrom(
  'A1',
  'r2c3',
  'RC',
  "'",
  "''",
  '!',
  'a!b',
  '10:30',
  ' x ',
  'Лист 2',
  '🏠',
  '2026',
  '$A$1',
);
export const titles = fc.oneof(
  odd,
  fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
  fc.array(odd, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
);

/** Every kind of range that can be written as text, within 1 to `most` on both axes. */
export const ranges = (sheets: fc.Arbitrary<string>, most = 500): fc.Arbitrary<A1Range> => {
  const place = fc.integer({ min: 1, max: most });
  const pair = fc
    .tuple(place, place)
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  const ends = fc.tuple(pair, pair).chain(([[left, right], [top, bottom]]) => {
    const start: Corner = { column: left, row: top };
    const openDown: Corner = { column: right, row: undefined };
    const openRight: Corner = { column: undefined, row: bottom };
    return fc.constantFrom(
      { start, end: openDown },
      { start, end: openRight },
      { start, end: { column: right, row: bottom } },
    );
  });
  const cells = fc
    .tuple(fc.option(sheets, { nil: undefined }), ends)
    .map(([sheet, { start, end }]) => a1Range(sheet, start, end));
  const open: Corner = { column: undefined, row: undefined };
  return fc.oneof(
    { weight: 5, arbitrary: cells },
    { weight: 1, arbitrary: sheets.map((sheet) => a1Range(sheet, open, open)) },
  );
};
