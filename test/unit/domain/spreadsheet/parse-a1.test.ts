import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { a1Range, isCell, type A1Range } from '../../../../src/domain/spreadsheet/a1-range.ts';
import type { Corner } from '../../../../src/domain/spreadsheet/a1-reference.ts';
import type { A1ProblemKind } from '../../../../src/domain/spreadsheet/a1-problem.ts';
import { fingerprintA1, formatA1, rangeKey } from '../../../../src/domain/spreadsheet/format-a1.ts';
import { parseA1 } from '../../../../src/domain/spreadsheet/parse-a1.ts';
import { isLeft, isRight, right } from '../../../../src/domain/shared/fp.ts';
import google from '../../../fixtures/sheets-a1-ranges.json' with { type: 'json' };
import { parsed, ranges, titles } from './arbitrary-ranges.ts';

const canonical = (text: string): string => formatA1(parsed(text));

const problemOf = (text: string): A1ProblemKind | 'none' => {
  const answer = parseA1(text);
  return isLeft(answer) ? answer.left.kind : 'none';
};

const corner = (column?: number, row?: number): Corner => ({ column, row });
const range = (sheet: string | undefined, start: Corner, end: Corner): A1Range => ({ sheet, start, end });

/**
 * The range as Google returns it for the fixture's sheets: an end outside the grid is truncated; a start outside it is
 * refused.
 */
const onGrid = ({ sheet, start, end }: A1Range): A1Range | undefined => {
  const { rows, cols: columns } = google.grid;
  const first = { column: start.column ?? 1, row: start.row ?? 1 };
  if (first.column > columns || first.row > rows) return undefined;
  const last = { column: Math.min(end.column ?? columns, columns), row: Math.min(end.row ?? rows, rows) };
  return a1Range(sheet, first, last);
};

describe('parseA1', () => {
  const titlesOfTheFixture = ['sheet1', 'second sheet', "bob's sheet", 'a1'];

  for (const { request, echo, error } of google.cases) {
    it(`reads ${request} as Google does: ${echo ?? error}`, () => {
      const answer = parseA1(request);
      const onTheSheet = isLeft(answer) ? undefined : onGrid(answer.right);
      if (echo === undefined) {
        const isOfTheWorkbook = titlesOfTheFixture.includes(onTheSheet?.sheet?.toLowerCase() ?? '');
        expect(onTheSheet !== undefined && isOfTheWorkbook).to.equal(false);
      } else expect(onTheSheet && rangeKey(onTheSheet)).to.equal(rangeKey(parsed(echo)));
    });
  }

  const read: readonly (readonly [string, A1Range])[] = [
    ['A1', range(undefined, corner(1, 1), corner(1, 1))],
    ['b2:d10', range(undefined, corner(2, 2), corner(4, 10))],
    ['Sheet1!A:C', range('Sheet1', corner(1), corner(3))],
    ['Sheet1!C:A', range('Sheet1', corner(1), corner(3))],
    ['Sheet1!2:5', range('Sheet1', corner(undefined, 2), corner(undefined, 5))],
    ['10:30', range(undefined, corner(undefined, 10), corner(undefined, 30))],
    ['A5:A', range(undefined, corner(1, 5), corner(1))],
    ['A2:C', range(undefined, corner(1, 2), corner(3))],
    ['B2:7', range(undefined, corner(2, 2), corner(undefined, 7))],
    ['A1:C', range(undefined, corner(1), corner(3))],
    ['D1:A4', range(undefined, corner(1, 1), corner(4, 4))],
    ['$A$1:$B2', range(undefined, corner(1, 1), corner(2, 2))],
    ['Sheet1!R2C3', range('Sheet1', corner(3, 2), corner(3, 2))],
    ['r1c1:r2c3', range(undefined, corner(1, 1), corner(3, 2))],
    ['R1:C3', range(undefined, corner(3, 1), corner(18, 3))],
    ['R1', range(undefined, corner(18, 1), corner(18, 1))],
    ['C2', range(undefined, corner(3, 2), corner(3, 2))],
    ['C1:C2', range(undefined, corner(3, 1), corner(3, 2))],
    ['R[1]C[1]', range(undefined, corner(2, 2), corner(2, 2))],
    ['R[0]C[0]', range(undefined, corner(1, 1), corner(1, 1))],
    ['Data!R[3]C[1]', range('Data', corner(2, 4), corner(2, 4))],
    ['R1C1:R[2]C[2]', range(undefined, corner(1, 1), corner(3, 3))],
    ['R01C01', range(undefined, corner(1, 1), corner(1, 1))],
    ['R1C1:R2', range(undefined, corner(undefined, 1), corner(undefined, 2))],
    ['XR1C1!B2', range('XR1C1', corner(2, 2), corner(2, 2))],
    ['R1C1X!B2', range('R1C1X', corner(2, 2), corner(2, 2))],
    ['R1C1:C2', range(undefined, corner(1), corner(2))],
    ['R3C2:R5', range(undefined, corner(2, 3), corner(undefined, 5))],
    ['R1C', range(undefined, corner(1, 1), corner(1, 1))],
    ['RC', range(undefined, corner(1, 1), corner(1, 1))],
    ['r', range(undefined, corner(1, 1), corner(1, 1))],
    ['Sheet1!C', range('Sheet1', corner(1, 1), corner(1, 1))],
    ['R[1]', range(undefined, corner(undefined, 2), corner(undefined, 2))],
    ['C[1]', range(undefined, corner(2), corner(2))],
    ['RC1', range(undefined, corner(471, 1), corner(471, 1))],
    ['R:R', range(undefined, corner(18), corner(18))],
    ['A01', range(undefined, corner(1, 1), corner(1, 1))],
    ['A2:ZZ10000', range(undefined, corner(1, 2), corner(702, 10_000))],
    ['A9999999999:A1', range(undefined, corner(1, 1), corner(1, 10_000_000))],
    ['1:10000001', range(undefined, corner(undefined, 1), corner(undefined, 10_000_000))],
    ['ZZZ1', range(undefined, corner(18_278, 1), corner(18_278, 1))],
    ['A10000000', range(undefined, corner(1, 10_000_000), corner(1, 10_000_000))],
    ['A1:J1000000', range(undefined, corner(1, 1), corner(10, 1_000_000))],
    ['B2:K1000001', range(undefined, corner(2, 2), corner(11, 1_000_001))],
    [`${'a'.repeat(997)}!A1`, range('a'.repeat(997), corner(1, 1), corner(1, 1))],
    ['Sheet1', range('Sheet1', corner(), corner())],
    ['A1b', range('A1b', corner(), corner())],
    ['A1 дом!A1', range('A1 дом', corner(1, 1), corner(1, 1))],
    ['B', range('B', corner(), corner())],
    ['2026', range('2026', corner(), corner())],
    ['ABCD1', range('ABCD1', corner(), corner())],
    ["'A1'", range('A1', corner(), corner())],
    ["'B'", { ...range('B', corner(), corner()), isTitle: true }],
    ["'RC'", range('RC', corner(), corner())],
    ['CC', range('CC', corner(), corner())],
    ['R[-1]C[1]', range('R[-1]C[1]', corner(), corner())],
    ['Time: log', range('Time: log', corner(), corner())],
    ['10:30!A1', range('10:30', corner(1, 1), corner(1, 1))],
    ['Wow!!A1', range('Wow!', corner(1, 1), corner(1, 1))],
    ["'Wow!A2'!A1", range('Wow!A2', corner(1, 1), corner(1, 1))],
    ["'a!b'", range('a!b', corner(), corner())],
    ["Bob's Sheet!A1", range("Bob's Sheet", corner(1, 1), corner(1, 1))],
    ["' edges '!A1", range(' edges ', corner(1, 1), corner(1, 1))],
    ['Лист 2!A1', range('Лист 2', corner(1, 1), corner(1, 1))],
    ["'🏠 дома'!A1", range('🏠 дома', corner(1, 1), corner(1, 1))],
  ];

  for (const [text, expected] of read) {
    it(`reads ${text.length > 40 ? `${text.length} characters` : text}`, () =>
      expect(parseA1(text)).to.deep.equal(right(expected)));
  }

  const refused: readonly (readonly [string, A1ProblemKind])[] = [
    ['', 'empty-range'],
    [`${'a'.repeat(998)}!A1`, 'range-too-long'],
    ['Sheet\ud800!A1', 'broken-text'],
    [' A1', 'stray-white-space'],
    ['A1 ', 'stray-white-space'],
    ['A1 : B2', 'stray-white-space'],
    ['Sheet1!A1: B2', 'stray-white-space'],
    ['Sheet1! A1', 'stray-white-space'],
    ['Sheet1 !A1', 'stray-white-space'],
    ['!A1', 'title-missing'],
    ["''!A1", 'title-missing'],
    ['A1!B2', 'title-needs-quotes'],
    ['R1C1!B2', 'title-needs-quotes'],
    ['R12C34!B2', 'title-needs-quotes'],
    ["'Sheet1!A1", 'unbalanced-quotes'],
    ["'it's'!A1", 'unbalanced-quotes'],
    ["'Sheet1'A1", 'unbalanced-quotes'],
    ["'", 'unbalanced-quotes'],
    ['Sheet1!B', 'not-a-range'],
    ['Sheet1!5', 'not-a-range'],
    ['Sheet1!', 'not-a-range'],
    ['Sheet1!A1:', 'not-a-range'],
    ['A1:', 'not-a-range'],
    [':A1', 'not-a-range'],
    [':', 'not-a-range'],
    [':!A1:', 'not-a-range'],
    ['A1:B2:C3', 'not-a-range'],
    ['Hi!there you', 'not-a-range'],
    ['Sheet1!А1', 'not-a-range'],
    ['Sheet1!R[-1]C[1]', 'not-a-range'],
    ['Sheet1!R[+1]C1', 'not-a-range'],
    ['Sheet1!R[1', 'not-a-range'],
    ['Sheet1!A1,B2', 'not-a-range'],
    ['Sheet1!A-1', 'not-a-range'],
    ['C2:A', 'ends-before-start'],
    ['B7:2', 'ends-before-start'],
    ['R5C2:R3', 'ends-before-start'],
    ['A1:J1000001', 'too-many-cells'],
    ['B2:K1000002', 'too-many-cells'],
    ['A1:B10000001', 'too-many-cells'],
    ['A1:ZZZ1000', 'too-many-cells'],
    ['A1:R2C2', 'mixed-notation'],
    ['Sheet1!R1C1:B', 'mixed-notation'],
    ['R1C1:B2', 'mixed-notation'],
    ['R[1]:B2', 'mixed-notation'],
    ['A:5', 'not-a-rectangle'],
    ['5:A', 'not-a-rectangle'],
    ['A:A5', 'not-a-rectangle'],
    ['5:A7', 'not-a-rectangle'],
    ['A0', 'off-grid'],
    ['A1:A0', 'off-grid'],
    ['R0C1', 'off-grid'],
    ['R1C0', 'off-grid'],
    ['R1C1:C0', 'ends-before-start'],
    ['R1C18279', 'off-grid'],
    ['0:5', 'off-grid'],
    ['A10000001', 'off-grid'],
    ['Sheet1!AAAA1', 'off-grid'],
    ['Sheet1!A:AAAA', 'off-grid'],
    ['ZZZ10000', 'off-grid'],
  ];

  for (const [text, kind] of refused) {
    it(`refuses ${text.length > 40 ? `${text.length} characters` : JSON.stringify(text)}: ${kind}`, () => {
      expect(problemOf(text)).to.equal(kind);
    });
  }

  it('says of a word that looks like a cell off any grid how a title is written', () => {
    const answer = parseA1('INV20260101');
    expect(isLeft(answer) && answer.left.detail).to.contain("apostrophes, such as 'CRM20260101'");
    expect(canonical("'INV20260101'")).to.equal("'INV20260101'");
  });

  it('never repeats the text in what it says of it', () => {
    const answer = parseA1('Иванов Иван!here');
    expect(isLeft(answer) && answer.left.detail)
      .to.be.a('string')
      .that.does.not.include('Иванов');
  });

  it('answers any text without throwing, and what it reads has a text that it reads again', () => {
    const pieces = fc.constantFrom('A', 'c', 'R1', 'C2', 'R', '[1]', '1', '0', ':', '!', "'", ' ', '$', 'Лист', '🏠'); // prettier-ignore
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const first = parseA1(text);
        if (isRight(first)) expect(parseA1(formatA1(first.right))).to.deep.equal(first);
      }),
    );
  });
});

describe('formatA1', () => {
  it('is read back as the same range', () => {
    fc.assert(
      fc.property(ranges(titles), (any) => {
        expect(parseA1(formatA1(any))).to.deep.equal(right(any));
      }),
    );
  });

  it('keeps every title, whatever it looks like', () => {
    fc.assert(
      fc.property(titles, (title) => {
        expect(parsed(formatA1(range(title, corner(2, 3), corner(2, 3)))).sheet).to.equal(title);
        expect(parsed(formatA1(range(title, corner(), corner()))).sheet).to.equal(title);
      }),
    );
  });

  const texts = {
    "'Sheet1'!d4:$A$1": 'Sheet1!A1:D4',
    'Sheet1!A1:A1': 'Sheet1!A1',
    'Sheet1!R1C1:R2C2': 'Sheet1!A1:B2',
    'A1:C': 'A:C',
    'A1:5': '1:5',
    'A5:A': 'A5:A',
    'B1:7': 'B1:7',
    'A:A': 'A:A',
    '3:3': '3:3',
    'Second Sheet!A1': "'Second Sheet'!A1",
    "Bob's!A1": "'Bob''s'!A1",
    'Заявки!A1': "'Заявки'!A1",
    "'A1'": "'A1'",
    "'r1c1'": "'r1c1'",
    B: 'B',
    "'C'": "'C'",
    "'RC'": "'RC'",
    RC: 'A1',
    'Data!R[3]': 'Data!4:4',
    'R1C1:C2': 'A:B',
    '2026': "'2026'",
    "'Sheet1'": "'Sheet1'",
    "'sheet1'!A1": 'sheet1!A1',
    Sheet1: 'Sheet1',
    Заявки_2026: 'Заявки_2026',
    "'Заявки'": "'Заявки'",
    "'Лист 2'": "'Лист 2'",
    'Лист 2': "'Лист 2'",
  };

  for (const [text, expected] of Object.entries(texts)) {
    it(`writes ${text} as ${expected}`, () => expect(canonical(text)).to.equal(expected));
  }

  it('writes what is open to both sides up to the last column', () => {
    expect(formatA1(range('S', corner(undefined, 5), corner()))).to.equal('S!A5:ZZZ');
    expect(formatA1(range(undefined, corner(), corner()))).to.equal('A:ZZZ');
  });
});

describe('fingerprintA1', () => {
  it('is the text that keys were kept with before names were told from titles', () => {
    const texts = ['Sheet1', "'Sheet1'", 'Заявки', "'Заявки'", 'Заявки!A1', 'A1:C', "'A1'"];
    expect(texts.map((text) => fingerprintA1(parsed(text)))).to.deep.equal([
      'Sheet1',
      'Sheet1',
      "'Заявки'",
      "'Заявки'",
      "'Заявки'!A1",
      'A:C',
      "'A1'",
    ]);
  });
});

describe('rangeKey', () => {
  const keyOf = (text: string): string => rangeKey(parsed(text));

  it('ignores case, quotes, anchors, order and notation', () => {
    for (const text of ["'sheet1'!B2:A1", 'SHEET1!$A$1:$B$2', 'Sheet1!R1C1:R2C2', 'sheet1!a1:b2'])
      expect(keyOf(text), text).to.equal(keyOf('Sheet1!A1:B2'));
  });

  it('does not take the first sheet for a named one, nor one title for another', () => {
    expect(keyOf('A1')).to.not.equal(keyOf('Sheet1!A1'));
    expect(keyOf('Лист1!A1')).to.not.equal(keyOf('Лист2!A1'));
    expect(keyOf("'Orders'")).to.not.equal(keyOf('Orders'));
  });

  it('is the same for two ranges just when sheet and sides are', () => {
    const few = ranges(fc.constantFrom('Лист', 'лист', 'A1', '!'), 2);
    const inLowerCase = ({ sheet, start, end }: A1Range): A1Range => range(sheet?.toLowerCase(), start, end);
    fc.assert(
      fc.property(few, few, (one, other) => {
        const same = isDeepStrictEqual(inLowerCase(one), inLowerCase(other));
        expect(rangeKey(one) === rangeKey(other)).to.equal(same);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isCell', () => {
  it('needs a column and a row', () => {
    expect([corner(1, 1), corner(1), corner(undefined, 1), corner()].map(isCell)).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });
});
