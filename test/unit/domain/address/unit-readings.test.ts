import { expect } from 'chai';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';

/** Which number is the flat's, which the block's, and which the house's, where several words could own it. */
const READINGS: readonly (readonly [rule: string, text: string, canonical: string])[] = [
  ['a code of a block is no number of a floor', 'Ц32 этаж', 'ц32 этаж'],
  ['a floor is no number of a block before it', '12, кв. 3-этаж', "12 кв' 3 этаж"],
  ['a street of an English ordinal is no house', '2nd, kv', '2nd kvartal'],
  ['behind корпус and a block the next number is a flat', 'к 5-kvartal 12-кв', 'корп 5-kvartal'],
  ['behind уй and a block the next number is a household', 'уй 5-kvartal 7-xonadon', 'уй 5-kvartal'],
  ['a floor that went leaves no house', '3-этаж kv', 'kvartal'],
  ['a comma parts uy from the number of a block', 'uy, 13-кв', 'uy 13-квартал'],
  ['a number alone before кв is a block, whatever went before it', '3-этаж 12-кв', '12-квартал'],
  ['a number before a floor stays where a code of a block follows', '3-этаж Б-5', '3 этаж б-5'],
  ['behind a house a flat is left out', '5 пр. хонадон 13-кв, 3', '5 пр хонадон 3'],
  ['a name of a block before a street type is its own', '13-кв II ул.', '13-квартал ii улица'],
  ['a block owns no number that has its floor', 'kv 3-этаж', 'kvartal, 3 этаж'],
  ['корпус owns its number, also behind an ordinal', '1-я к 12-кв', '1 корп 12 кв'],
  ['уй owns its number behind a block', 'kv уй 12-кв', 'kvartal, 12 кв'],
  ['an ordinal behind uy is its household', '100011 12-uy 5-й xonadon 12а, кв.', "100011 12 12а кв'"],
  ['a house word before a number is its own', 'уй, 2nd 12-кв 7 д. 12-uy', 'уй 2nd 12 12'],
  [
    'a street that was named needs no other behind',
    'улица 12 этаж 5 квартира, кўчаси 5-й',
    'улица 12 квартира кўчаси 5',
  ],
  ['a house word says nothing of a word behind it', 'дом, к, 12/7, 5 этаж 5', "дом к' 12/7 5 этаж 5"],
  [
    'a number that hangs on its street is no sure house',
    'Street N улица 7-xonadon 5 хонадон д.',
    "street n улица 7 xonadon 5 хонадон д'",
  ],
  ['a house right behind its street is sure', 'ул., М. 12 12а подъезд 12/7, 2nd', 'улица, м 12 12/7, 2nd'],
  [
    'a house before its street is not',
    '12, проезд 12 xonadon 2nd Ц32 дом',
    '12, 12 проезд, xonadon 2nd ц32 дом',
  ],
  ['an office of letters is left out before a street', 'офис II tor', 'tor'],
  ['a part of a house right behind a name is no letter of it', 'Мира пр-т с2', 'мира проспект, стр 2'],
  ['a part of a house before a name is none', 'стр. 2 12к1 Октября А', 'стр 2 12 корп 1 октября а'],
  ['a comma parts a number from a floor', '5, этаж', '5 этаж'],
  [
    'a number before a floor is not sure by itself',
    '12а, apt стр., 3 подъезд N',
    '12а apartment стр 3 подъезд n',
  ],
  ['a unit without a number is no house', 'apt кв', 'apartment квартал'],
  ['nothing is a house yet where an address begins', 'apt г. kv', 'kvartal'],
  ['a house word tells flats from blocks behind it', 'uy, 12-кв к', '12'],
  ['кв behind a street is in doubt without a number', '12 улица Тверская кв', '12, тверская улица, кв'],
  ['a lane in front of a floor is a lane', '12-uy 7 tor этаж', '12, 7 tor этаж'],
  ['N behind a Latin street is a name', '3 Street N', '3 street, n'],
  ['N behind ул. is its name', '3 ул. N', '3, n улица'],
  ['a street has no block for its name', '3 ул. мкр Мира, дом', '3 улица, микрорайон мира дом'],
  ['a household in front of a flat is the house', '7-xonadon 12-кв', '7 xonadon'],
  ['a household stays where an ordinal is all that follows', '7-xonadon, 2nd', '7 xonadon 2nd'],
  ['a household goes where a building follows', '7-xonadon, к 12/7, хонадон', 'корп 12/7 хонадон'],
  ['a postcode is no flat', 'flat 12345 М. 2nd улица Б-5', 'flat 12345 м 2nd улица, б-5'],
  ['the number of a type may be no flat', 'flat 5 koʻchasi 12', "flat 5 ko'chasi, 12"],
  ['a block owns the number in front of a house word', 'kv 5 uy', '5-kvartal uy'],
  ['a flat behind a street is left out', 'кўчаси 12-кв 12', 'кўчаси 12'],
  ['a flat without a number, behind a house, is in doubt', 'кўчаси, N 12, кв.', "кўчаси, 12 кв'"],
  ['of two blocks the next one owns the number', 'мкр 12 кв-л кв-л', 'микрорайон 12-квартал квартал'],
  ['an office may have five digits', 'офис 12345', ''],
];

describe('the number of a unit in an address', () => {
  for (const [rule, text, canonical] of READINGS)
    it(`${rule}: "${text}"`, () => {
      expect(canonicalAddress(text)).to.equal(canonical);
    });
});
