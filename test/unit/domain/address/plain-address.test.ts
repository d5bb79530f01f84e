import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';
import { plainAddress } from '../../../../src/domain/address/plain-address.ts';
import { addressPairs } from '../../../support/address-pairs.ts';

describe('plainAddress', () => {
  for (const [written, meant] of [
    ['Mосква, ул. Тверcкая, 13', 'Москва, ул. Тверская, 13'],
    ['МОСКВA, УЛ. ТВЕPСКАЯ, 13', 'МОСКВА, УЛ. ТВЕРСКАЯ, 13'],
    ['Tаshkent', 'Tashkent'],
    ['Королëв, ул. Мира, 3', 'Королев, ул. Мира, 3'],
    ['ЖK Sky', 'ЖК Sky'],
    ['Lоndоn, 10 Downing Street', 'London, 10 Downing Street'],
    ['Твер\u00ADская\u200B ул., 13', 'Тверская ул., 13'],
    ['Москва， ул． Тверская，\u3000１３', 'Москва, ул. Тверская, 13'],
    ['Крымский Вал'.normalize('NFD'), 'Крымский Вал'],
  ] as const)
    it(`reads "${written}" as "${meant}"`, () => {
      expect(plainAddress(written)).to.equal(meant);
    });

  for (const text of [
    'Ташкент, ул. Навои, 107B',
    'Москва, ул. Мира, 12Bк1',
    'Москва, Business-центр «Y-Парк», № 13',
    "Toshkent, Bobur ko'chasi, 12",
    // One character that becomes two in lower case.
    'ул. İaд',
    'Тошкент, Қўшкўприк кўчаси, 1½',
    '',
    // An empty question must not be sent to anybody.
    '\u200B',
    '\u3000 \u200B',
  ])
    it(`leaves "${text}" unchanged`, () => {
      expect(plainAddress(text)).to.equal(text);
    });

  it('keeps the key of every address', () => {
    const written = addressPairs.flatMap(({ same, apart }) => [...same, ...apart].flat());
    for (const text of written) expect(canonicalAddress(plainAddress(text))).to.equal(canonicalAddress(text));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(plainAddress(plainAddress(text))).to.equal(plainAddress(text));
      }),
    );
  });
});
