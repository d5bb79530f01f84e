import { expect } from 'chai';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';

const onFloor = (place: string, floor: number): string => canonicalAddress(`${place}, ${floor} этаж 7`);

describe('a floor between two numbers', () => {
  for (const place of [
    'Москва, ул. Мира, 12',
    'Юнусабад дом 4',
    'Юнусабад 4, корп. 2',
    'Toshkent, Yunusobod 4, 12 uy',
  ])
    it(`is left out behind "${place}", where the house is sure`, () => {
      expect(onFloor(place, 3)).to.equal(onFloor(place, 5));
    });

  it('stays behind "Юнусабад 4", which is a house or a block: either number may be the house', () => {
    expect(onFloor('Юнусабад 4', 3)).not.to.equal(onFloor('Юнусабад 4', 5));
  });
});
