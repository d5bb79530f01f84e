import { expect } from 'chai';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';

const expectSame = (a: string, b: string): void => {
  expect(canonicalAddress(a)).to.equal(canonicalAddress(b));
};

describe('words for towns in an address', () => {
  it('leaves out "город" behind a house, for it is no letter of the house', () => {
    expectSame('ул. Мира, 32 город Москва', 'ул. Мира, 32 Москва');
  });

  it('leaves out "г" without a dot behind a country', () => {
    expectSame('Россия г Москва, ул. Мира, 5', 'Россия, Москва, ул. Мира, 5');
  });

  it('reads a town that ends the address', () => {
    expectSame('Bobur koʻchasi, 5, Toshkent sh.', 'Bobur koʻchasi, 5, Toshkent');
  });

  it('leaves a highway a highway where the word for the house, and no street, is Uzbek', () => {
    expectSame('Энтузиастов ш., 7-уй', 'Энтузиастов шоссе, 7');
  });
});
