import { expect } from 'chai';
import { hasHouseNumber } from '../../../../src/domain/provider/house-number.ts';

/** To what a number belongs where only the words next to it tell. */
const VERDICTS: readonly (readonly [rule: string, text: string, isHouse: boolean])[] = [
  ['two types without a name are no street', 'улица кўчаси 12', false],
  ['a name before its type, and one more type behind the number', 'Yunusobod, кўчаси 3 кўчаси', true],
  ['a letter is a name, too', 'koʻchasi г. St, 1-я М.', true],
  ['what may be a flat or a block has a house beside it', '12а кв 12 shahri', true],
  ['a block is no household', '12а kv г., этаж', false],
  ['a floor is no household', '3-этаж Б-5', false],
  ['a household is a house where there is no other', '3 хонадон', true],
  ['a unit of its own is no house', 'unit 3', false],
  ['an ordinal behind what may be a block is no house', '7 кв. 2nd', false],
  ['behind several streets, and before none', 'St, koʻchasi, проезд 12а 5-й A-1', true],
  ['in front of two types', '7 проезд ул.', false],
];

describe('the neighbours of a number in an address', () => {
  for (const [rule, text, isHouse] of VERDICTS)
    it(`${isHouse ? 'make it a house' : 'make it none'} in "${text}": ${rule}`, () => {
      expect(hasHouseNumber(text)).to.equal(isHouse);
    });
});
