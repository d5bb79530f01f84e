import { expect } from 'chai';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';

const expectSame = (a: string, b: string): void => {
  expect(canonicalAddress(a)).to.equal(canonicalAddress(b));
};

const READINGS: readonly (readonly [string, string])[] = [
  ['Москва, ул. Мира, 12я', 'москва мира улица, 12я'],
  ['Москва, ул. Мира, 12.1', 'москва мира улица, 12.1'],
  ['Москва, ул. Мира 12а/1', 'москва мира улица, 12а/1'],
  ['Москва, ул. Мира, 27, а/13', 'москва мира улица, 27 а/13'],
  ['Москва, ул. Мира, 12, корп2-Восход', 'москва мира улица, 12 корп 2 восход'],
  ['Москва, ул. Мира, 12, к2-оф. 5', 'москва мира улица, 12 корп 2'],
  ['Ташкент, 12кв5', 'ташкент 12 кв 5'],
  ['ул., 12а-хонадон', 'улица, 12а хонадон'],
];

describe('words and letters glued together in an address', () => {
  for (const [text, reading] of READINGS)
    it(`are read in "${text}" as "${reading}"`, () => expect(canonicalAddress(text)).to.equal(reading));

  it('does not take the letter of "A-uy" for a house after a name', () => {
    expect(canonicalAddress('Toshkent, Bobur A-uy 12')).to.equal('toshkent bobur a-uy 12');
  });

  it('omits an office that is joined to the letter of its own number, after a house', () => {
    expectSame('Москва, ул. Мира, 5, 12 а-офис', 'Москва, ул. Мира, 5');
  });

  it('reads the letter of a building after a house whose letter is separate', () => {
    expectSame('Москва, ул. Мира, 12 Бк1я', 'Москва, ул. Мира, 12Бк1я');
  });
});
