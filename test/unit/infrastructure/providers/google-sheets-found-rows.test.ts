import { expect } from 'chai';
import fc from 'fast-check';
import {
  areSameRows,
  findRows,
  standMoreOften,
} from '../../../../src/infrastructure/providers/google-sheets/found-rows.ts';

type Row = readonly string[];

const few = fc.constantFrom('a', 'b');
const written = fc
  .array(
    few.map((cell): Row => [cell]),
    { minLength: 1, maxLength: 5 },
  )
  .chain((rows) =>
    fc.constantFrom(
      rows,
      [...rows, ['']],
      rows.map(([cell = '']) => [cell, '']),
    ),
  );
const read = fc.array(
  few.map((cell): Row => [cell]),
  { maxLength: 30 },
);

/** The reference result: every place tried separately. */
const everyPlace = (values: readonly Row[], rows: readonly Row[], below: number): readonly number[] => {
  const wanted = rows.filter((row) => row.some((cell) => cell !== ''));
  const isThere = (top: number): boolean =>
    wanted.every(([cell], index) => values[top + index]?.[0] === cell) && top + wanted.length <= below;
  return values.map((_, index) => index).filter(isThere);
};

/** The same values, with a count of how often any of them was read. */
const watched = (values: readonly Row[]) => {
  let looks = 0;
  const own = new Proxy(values, {
    get: (target, name) => {
      if (typeof name === 'string' && /^\d+$/.test(name)) looks += 1;
      return Reflect.get(target, name) as unknown;
    },
  });
  return { values: own, looks: () => looks };
};

describe('rows looked for in a sheet', () => {
  it('are found at the lowest place, and counted at all of them, however alike they are', () => {
    fc.assert(
      fc.property(read, written, fc.nat(30), fc.nat(4), (values, rows, cut, most) => {
        const below = Math.min(cut, values.length);
        expect(findRows(values, rows, below)).to.equal(everyPlace(values, rows, below).at(-1));
        const places = everyPlace(values, rows, values.length);
        expect(standMoreOften(values, rows, most)).to.equal(places.length > most);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are found by looking at each row of the sheet once', () => {
    const alike = (count: number): readonly Row[] => Array.from({ length: count }, () => ['a']);
    const sheet = watched(alike(5_000));
    expect(findRows(sheet.values, [...alike(1_000), ['b']], 5_000)).to.equal(undefined);
    expect(findRows(sheet.values, [['b'], ...alike(1_000)], 5_000)).to.equal(undefined);
    expect(sheet.looks()).to.equal(2 * 5_000);
  });

  it('are the same whatever blank cells and rows follow them', () => {
    expect(areSameRows([['a', null]], [['a'], ['']])).to.equal(true);
    expect(areSameRows([['a', null, 1]], [['a', '', 1]])).to.equal(true);
    expect(areSameRows([['a']], [['a'], ['a']])).to.equal(false);
    expect(areSameRows([[1]], [['1']])).to.equal(false);
  });
});
