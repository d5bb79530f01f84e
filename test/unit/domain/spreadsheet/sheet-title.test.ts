import { expect } from 'chai';
import { mayBeNamedRange } from '../../../../src/domain/spreadsheet/a1-range.ts';
import { mayBeSameTitle } from '../../../../src/domain/spreadsheet/sheet-title.ts';
import { parsed } from './arbitrary-ranges.ts';

describe('mayBeNamedRange', () => {
  for (const [text, expected] of [
    ['prices', true],
    ['цены_2026', true],
    ['_x', true],
    ["'prices!'", false],
    ["'!prices'", false],
    ["'2026'", false],
    ["'Лист 1'", false],
    ['prices!A1', false],
    ['A1', false],
  ] as const)
    it(`says ${expected ? 'yes' : 'no'} for ${text}`, () => {
      expect(mayBeNamedRange(parsed(text))).to.equal(expected);
    });
});

describe('mayBeSameTitle', () => {
  for (const [one, other, expected] of [
    ['Лист 1', 'ЛИСТ 1', true],
    ['Café 1', 'CAFE\u0301 1', true],
    ['Straße 1', 'STRASSE 1', true],
    ['Лист 1', 'Лист 2', false],
    ['Лист 1', 'Лист1', false],
  ] as const)
    it(`says ${expected ? 'yes' : 'no'} for ${one} and ${other}`, () => {
      expect(mayBeSameTitle(one, other)).to.equal(expected);
    });
});
