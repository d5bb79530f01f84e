import { expect } from 'chai';
import fc from 'fast-check';
import { buildingAddress } from '../../../../src/domain/address/building-address.ts';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';
import { plainAddress } from '../../../../src/domain/address/plain-address.ts';
import { hasHouseNumber } from '../../../../src/domain/provider/house-number.ts';

const RUNS = { numRuns: 3000 };

const pick = (...choices: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...choices);
const number = fc.integer({ min: 1, max: 13 }).map(String);
const separator = pick(' ', ' ', ', ', ', ', '; ', '\n', ' (');

/** Few words in any order, so that many texts share a key. */
const piece = fc.oneof(
  pick('Навои', 'Тверская', 'Ташкент', 'г. Москва', 'Bobur', 'London', 'Чиланзар', 'М. Горького'),
  pick('ул.', 'улица', 'пр-т', 'проезд', 'koʻchasi', 'Street', 'St', 'Road'),
  number,
  number,
  fc
    .tuple(pick('д. ', 'дом ', 'uy ', '№', 'корп. ', 'кв. ', 'кв-л ', 'оф. ', 'этаж ', 'сектор '), number)
    .map((a) => a.join('')),
  fc
    .tuple(
      number,
      pick('-uy', ' дом', '-я', 'а', '/2', ' кв.', '-кв', '-xonadon', ' квартал', ' км', ' этаж'),
    )
    .map((a) => a.join('')),
);
const spelling = fc
  .array(fc.tuple(separator, piece), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.flat().slice(1).join(''));

describe('spellings of one address that share a key', () => {
  it('share the verdict whether a house is meant', () => {
    const known = new Map<string, { readonly house: boolean; readonly text: string }>();
    fc.assert(
      fc.property(spelling, (text) => {
        const key = canonicalAddress(text);
        const before = known.get(key) ?? { house: hasHouseNumber(text), text };
        expect(hasHouseNumber(text), `"${before.text}" and "${text}"`).to.equal(before.house);
        known.set(key, before);
      }),
      RUNS,
    );
  });

  it('share it with the text that providers are asked', () => {
    fc.assert(
      fc.property(spelling, (text) => {
        const asked = buildingAddress(plainAddress(text));
        expect(canonicalAddress(asked), text).to.equal(canonicalAddress(text));
        expect(hasHouseNumber(asked), text).to.equal(hasHouseNumber(text));
      }),
      RUNS,
    );
  });
});
