import { expect } from 'chai';

import { parseAddress } from '../../../sandbox/address-text.ts';

const read = (address: string): readonly (string | undefined)[] => {
  const parsed = parseAddress(address);
  return [parsed?.city.id, parsed?.street, parsed?.house];
};

describe('sandbox: reading an address', () => {
  for (const [address, city, street, house] of [
    ['Ташкент, ул. Навои, 30', 'tashkent', 'улица Навои', '30'],
    ['г. Москва, Тверская ул., д. 13, кв. 45', 'moscow', 'Тверская улица', '13'],
    ['100084, Узбекистан, Ташкент, Амира Темура 107 б', 'tashkent', 'Амира Темура', '107Б'],
    ['Toshkent shahri, Bobur koʻchasi, 12-uy', 'tashkent', 'Bobur koʻchasi', '12'],
    ['221B Baker Street, London NW1 6XE, UK', 'london', 'Baker Street', '221B'],
    ['London Road, 5, Tashkent', 'tashkent', 'London Road', '5'],
    ['Москва, ул. 8 Марта, 15', 'moscow', 'улица 8 Марта', '15'],
    ['С.-Петербург, 1-я Советская ул., 7', 'petersburg', '1-я Советская улица', '7'],
    ['Москва, ул. Профсоюзная, 12 корп. 1', 'moscow', 'улица Профсоюзная', '12 К1'],
    ['Ташкент, Чиланзар, кв. 5, д. 12', 'tashkent', 'Чиланзар квартал 5', '12'],
    ['Казань', 'kazan', '', ''],
  ] as const) {
    it(`reads ${address}`, () => {
      expect(read(address)).to.deep.equal([city, street, house]);
    });
  }

  it('reads nothing without a known city', () => {
    expect(parseAddress('ул. Ленина, 5')).to.equal(undefined);
    expect(parseAddress('')).to.equal(undefined);
    expect(parseAddress(',,;')).to.equal(undefined);
  });
});
