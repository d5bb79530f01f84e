import { expect } from 'chai';
import fc from 'fast-check';
import { buildingAddress } from '../../../../src/domain/address/building-address.ts';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';
import { addressPairs } from '../../../support/address-pairs.ts';

const SHORTENED: readonly (readonly [string, string])[] = [
  ['г. Москва, Тверская ул., д. 13, кв. 45', 'г. Москва, Тверская ул., д. 13'],
  ['Москва, ул. Тверская, 13 кв 45', 'Москва, ул. Тверская, 13'],
  ['Москва, ул. Тверская, 13-кв.45', 'Москва, ул. Тверская, 13'],
  ['Москва, ул. Тверская, 13/кв.45', 'Москва, ул. Тверская, 13'],
  ['Москва, ул. Тверская, 13, подъезд 2, эт. 3, кв. 45', 'Москва, ул. Тверская, 13'],
  ['Москва, ул. Тверская, 13, оф. 5, корп. 2', 'Москва, ул. Тверская, 13, корп. 2'],
  ['Москва, ул. Тверская, д. 27А/13к1, кв. 5', 'Москва, ул. Тверская, д. 27А/13к1'],
  ['Toshkent, Bobur koʻchasi, 12-uy, 7-xonadon', 'Toshkent, Bobur koʻchasi, 12-uy'],
  ['Toshkent, Bobur koʻchasi, 12 uy 7 xonadon 3 qavat', 'Toshkent, Bobur koʻchasi, 12 uy'],
  ['Тошкент, Бобур кўчаси, 12-уй, 7-хонадон', 'Тошкент, Бобур кўчаси, 12-уй'],
  ['Flat 2, 10 Downing Street, London', '10 Downing Street, London'],
  ['10 Downing Street, Apt. #5, London', '10 Downing Street, London'],
  ['Ташкент, Чиланзар, кв. 5, д. 12, кв. 7', 'Ташкент, Чиланзар, кв. 5, д. 12'],
];

const AS_THEY_ARE = [
  'Москва, ул. Тверская, 13',
  'Ташкент, Чиланзар, кв. 5, д. 12',
  'Ташкент, Чиланзар, кв. 5',
  'Москва, ул. Квадратная, 5',
  'офис 5',
  'Unit',
  '',
  ',,',
];

describe('buildingAddress', () => {
  for (const [text, wanted] of SHORTENED)
    it(`asks for "${wanted}" where "${text}" is wanted`, () => {
      expect(buildingAddress(text)).to.equal(wanted);
    });

  for (const text of AS_THEY_ARE)
    it(`leaves "${text}" unchanged`, () => {
      expect(buildingAddress(text)).to.equal(text);
    });

  it('leaves out flats of addresses up to 200 characters, 12 parts, and 16 words a part', () => {
    const long = (length: number) => `Москва, ${'т'.repeat(length - 19)}, 13, кв. 5`;
    const ofParts = (count: number) => `${'Москва, '.repeat(count - 2)}13, кв. 5`;
    const ofWords = (count: number) => `Москва, ул. ${'слово '.repeat(count - 4)}13 кв 5`;
    for (const [within, beyond] of [
      [long(200), long(201)],
      [ofParts(12), ofParts(13)],
      [ofWords(16), ofWords(17)],
    ] as const) {
      expect(buildingAddress(within)).to.equal(within.replace(/,? кв\.? 5$/, ''));
      expect(buildingAddress(beyond)).to.equal(beyond);
    }
  });

  it('names the same building, whatever the address', () => {
    const written = addressPairs.flatMap(({ same, apart }) => [...same, ...apart].flat());
    for (const text of written)
      expect(canonicalAddress(buildingAddress(text))).to.equal(canonicalAddress(text));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...written, ', кв. 5', ' 7 этаж', 'оф', ' '), { maxLength: 3 }),
        (texts) => {
          const text = texts.join('');
          expect(canonicalAddress(buildingAddress(text))).to.equal(canonicalAddress(text));
        },
      ),
    );
  });
});
