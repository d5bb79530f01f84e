import { expect } from 'chai';
import { canonicalAddress } from '../../../../src/domain/cache/canonical-address.ts';

const expectSame = (a: string, b: string): void => {
  expect(canonicalAddress(a)).to.equal(canonicalAddress(b));
};

describe('words and letters glued together in an address', () => {
  it('takes the letter of "A-uy" for no house behind a name', () => {
    expect(canonicalAddress('Toshkent, Bobur A-uy 12')).to.equal('toshkent bobur a-uy 12');
  });

  it('leaves out an office that is glued to the letter of its own number, behind a house', () => {
    expectSame('Москва, ул. Мира, 5, 12 а-офис', 'Москва, ул. Мира, 5');
  });

  it('reads the letter of a building behind a house whose letter stands apart', () => {
    expectSame('Москва, ул. Мира, 12 Бк1я', 'Москва, ул. Мира, 12Бк1я');
  });
});
