import { expect } from 'chai';
import fc from 'fast-check';
import { bytesOf, MOST_BYTES, padRows } from '../../../../src/domain/spreadsheet/cell-values.ts';
import { checkRectangle, isRectangle } from '../../../../src/domain/spreadsheet/check-rectangle.ts';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';

const rules = { pointer: '/values', formulas: 'allowed' } as const;

const problemsOf = (values: unknown, formulas: 'allowed' | 'refused' = 'allowed') => {
  const answer = checkRectangle(values, { ...rules, formulas });
  return isLeft(answer) ? answer.left.problems : [];
};
const pointersTo = (values: unknown): readonly string[] => problemsOf(values).map(({ pointer }) => pointer);

const good = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  fc.boolean(),
  fc.constantFrom(null, '', { formula: '=A1' }, { date: '2026-01-31' }),
);
const bad = fc.constantFrom<unknown>(
  undefined,
  {},
  [],
  ['x'],
  { formula: 'A1' },
  { formula: 1 },
  { formula: '=A1', date: '2026-01-31' },
  { formula: '=A\ud800' },
  { date: '31.01.2026' },
  { date: 45_000 },
  { value: 1 },
  { value: '=A1' },
  Infinity,
  2 ** 53,
  -(2 ** 53),
  1e21,
  Number.NaN,
  'x'.repeat(50_001),
  'half a pair \ud83c',
);
const rectangles = <T>(cell: fc.Arbitrary<T>) =>
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

describe('checkRectangle', () => {
  it('accepts every rectangle of scalars, dates and formulas unchanged', () => {
    fc.assert(
      fc.property(rectangles(good), (rows) => {
        expect(checkRectangle(rows, rules)).to.deep.equal(right(rows));
      }),
    );
  });

  it('points at every bad cell and at no other', () => {
    const marked = fc.oneof(
      good.map((cell) => ({ cell: cell as unknown, isBad: false })),
      bad.map((cell) => ({ cell, isBad: true })),
    );
    fc.assert(
      fc.property(rectangles(marked), (rows) => {
        const expected = rows.flatMap((row, rowIndex) =>
          row.flatMap(({ isBad }, columnIndex) => (isBad ? [`/values/${rowIndex}/${columnIndex}`] : [])),
        );
        expect(pointersTo(rows.map((row) => row.map(({ cell }) => cell)))).to.deep.equal(expected);
      }),
    );
  });

  it('points at every row that is not an array or differs from the first, and at their invalid cells too', () => {
    expect(pointersTo([['a', 'b'], ['c'], 'd', [], ['e', 'f', {}], null, ['g', 'h']])).to.deep.equal([
      '/values/1',
      '/values/2',
      '/values/3',
      '/values/4',
      '/values/5',
      '/values/4/2',
    ]);
  });

  it('does not call rows empty where one has a cell or is not an array', () => {
    expect(pointersTo([['a'], []])).to.deep.equal(['/values/1']);
    expect(pointersTo(['x', []])).to.deep.equal(['/values/0']);
  });

  it('says how many cells were awaited', () => {
    expect(problemsOf([['a', 'b'], ['c']])).to.deep.equal([
      {
        pointer: '/values/1',
        detail: 'as many cells as the first row: 2, not 1; null leaves a cell as it is',
      },
    ]);
  });

  for (const values of ['X', { 0: ['a'] }, null, undefined, 7]) {
    it(`refuses ${JSON.stringify(values)} in place of rows`, () => {
      expect(problemsOf(values)).to.deep.equal([{ pointer: '/values', detail: 'an array of rows' }]);
    });
  }

  for (const values of [[], [[]], [[], []]]) {
    it(`refuses ${JSON.stringify(values)}, which writes nothing`, () => {
      expect(problemsOf(values)).to.deep.equal([{ pointer: '/values', detail: 'at least one cell' }]);
    });
  }

  it('refuses 1e999, which JSON reads as Infinity and writes as null', () => {
    expect(pointersTo(JSON.parse('[[1e999, -1e999, 1e15]]'))).to.deep.equal(['/values/0/0', '/values/0/1']);
  });

  it('refuses numbers that have lost digits already, and says what to do', () => {
    const values: unknown = JSON.parse(
      '[[9007199254740991, 9007199254740993, "40702810900000012345", -1e16]]',
    );
    expect(pointersTo(values)).to.deep.equal(['/values/0/1', '/values/0/3']);
    expect(problemsOf(values)[0]?.detail).to.contain('send longer ones as text');
  });

  it('refuses formulas, but no text, of who may not write them', () => {
    const problems = problemsOf([[{ formula: '=A1' }, '=A1', { date: '2026-01-31' }]], 'refused');
    expect(problems.map(({ pointer }) => pointer)).to.deep.equal(['/values/0/0']);
  });

  it('takes 50,000 characters in a cell and no more', () => {
    expect(pointersTo([['x'.repeat(50_000), 'x'.repeat(50_001)]])).to.deep.equal(['/values/0/1']);
    expect(pointersTo([[{ formula: `=${'x'.repeat(50_000)}` }]])).to.deep.equal(['/values/0/0']);
  });

  it('takes up to the most bytes of JSON, counted in UTF-8', () => {
    const rowsOf = (bytes: number) => {
      const rows = Array.from({ length: 39 }, () => ['ж'.repeat(25_000)]);
      return [...rows, ['x'.repeat(bytes - bytesOf([...rows, ['']]))]];
    };
    expect(bytesOf(rowsOf(MOST_BYTES))).to.equal(MOST_BYTES);
    expect(problemsOf(rowsOf(MOST_BYTES))).to.deep.equal([]);
    expect(problemsOf(rowsOf(MOST_BYTES + 1))).to.deep.equal([
      { pointer: '/values', detail: 'at most 2000000 bytes of JSON' },
    ]);
  });

  it('says nothing of bytes while a cell is wrong, which may be what makes so many', () => {
    const rows = Array.from({ length: 41 }, () => ['ж'.repeat(25_000)]);
    expect(pointersTo([[{}], ...rows])).to.deep.equal(['/values/0/0']);
  });

  it('tells 200 problems and counts the others', () => {
    const many: readonly (readonly [values: unknown, more: number])[] = [
      [Array.from({ length: 1000 }, () => [{}, {}]), 1_800],
      [Array.from({ length: 1000 }, () => 'x'), 800],
      [[['a', 'b'], ...Array.from({ length: 1000 }, () => [{}])], 1_800],
    ];
    for (const [values, more] of many) {
      const answer = checkRectangle(values, rules);
      expect(problemsOf(values)).to.have.length(200);
      expect(isLeft(answer) && answer.left.more).to.equal(more);
    }
  });

  it('points into the body from where it was told', () => {
    const answer = checkRectangle([[{}]], { pointer: '/data/3/values', formulas: 'allowed' });
    expect(isLeft(answer) && answer.left.problems.map(({ pointer }) => pointer)).to.deep.equal([
      '/data/3/values/0/0',
    ]);
  });
});

describe('isRectangle', () => {
  it('accepts rows of one width, whatever their cells contain', () => {
    fc.assert(
      fc.property(rectangles(fc.oneof(good, bad)), (rows) => {
        expect(isRectangle(rows)).to.equal(true);
      }),
    );
  });

  for (const [words, values] of [
    ['no rows', []],
    ['rows without a cell', [[], []]],
    ['a row that is longer', [['a'], ['b', 'c']]],
    ['a row that is shorter', [['a', 'b'], ['c']]],
    ['a row without a cell', [['a'], []]],
    ['texts instead of rows', ['a', 'b']],
    ['a text as long as a row', [['a', 'b'], 'cd']],
    ['an object that only looks like rows', { 0: ['a'], length: 1 }],
    ['nothing', undefined],
  ] as const)
    it(`does not hold of ${words}`, () => expect(isRectangle(values)).to.equal(false));
});

describe('padRows', () => {
  it('fills ragged rows and missing ones with ""', () => {
    expect(padRows([['a'], [], ['b', 2, true]], 3, 4)).to.deep.equal([
      ['a', '', ''],
      ['', '', ''],
      ['b', 2, true],
      ['', '', ''],
    ]);
  });

  it('adds no rows unless a height is given, and cuts nothing', () => {
    expect(padRows([], 3)).to.deep.equal([]);
    expect(padRows([['a', 'b'], ['c']], 1)).to.deep.equal([['a', 'b'], ['c']]);
    expect(padRows([['a'], ['b']], 1, 1)).to.deep.equal([['a'], ['b']]);
  });

  it('makes no more than a million cells of a short question', () => {
    expect(padRows([['a']], 1000, 1000)).to.have.length(1000);
    expect(padRows([['a']], 1000, 1001)).to.equal(undefined);
    expect(padRows([['a'], ['b']], 500_001)).to.equal(undefined);
  });
});
