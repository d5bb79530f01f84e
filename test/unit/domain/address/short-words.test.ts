import { expect } from 'chai';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';

/** Words of one letter or with two meanings, interpreted by the words around them. */
const READINGS: readonly (readonly [rule: string, text: string, canonical: string])[] = [
  ['п. behind a postcode is no entrance', 'Москва, 101000, п. 5', 'москва 101000 п 5'],
  ['п. behind a name is none', 'Москва, 12, Мирный, п. 5', 'москва 12, мирный п 5'],
  ['п. behind an ordinal is none', 'Москва, 5-я, п. 3', 'москва 5 п. 3'],
  [
    'an entrance may stand behind a house without a comma',
    'СПб, Невский 35, парадная 2',
    'санкт-петербург невский 35',
  ],
  ['a street called Парадная is none', 'СПб, 35, Парадная пл.', 'санкт-петербург, 35, парадная площадь'],
  [
    'a number of a street called Парадная is no entrance’s',
    'СПб, 2 Парадная, 3',
    'санкт-петербург 2 парадная 3',
  ],
  ['k needs its dot', 'Toshkent, Navoiy k, 30', 'toshkent navoiy k 30'],
  ['k. needs its name', 'Toshkent, Navoiy, k., 30', 'toshkent navoiy k 30'],
  ['k. behind a number is a letter of the house', 'Toshkent, 5 k., 30', 'toshkent 5к 30'],
  ['k. needs a house', 'Toshkent, Navoiy k., Bobur', 'toshkent navoiy k bobur'],
  ['k. beside a lane is no street', 'Toshkent, Navoiy tor, Bobur k., 30', 'toshkent navoiy tor bobur k 30'],
  [
    'k. beside a street is none',
    'Toshkent, Bobur koʻchasi, Navoiy k., 30',
    "toshkent bobur ko'chasi, navoiy k 30",
  ],
  ['no other letter is a street', 'Тошкент, Навоий с., 30', "тошкент навоий с' 30"],
  ['к behind a name without a street type is корпус', 'Москва, Мира к 5', 'москва мира корп 5'],
  [
    'к is an initial only in the part of its street',
    'Москва, ул. Мира, Навои к 5',
    'москва мира улица, навои корп 5',
  ],
  ['к. behind a street is корпус', 'Москва, ул. Мира к. 5', 'москва мира улица, корп 5'],
  ['к. in front of a letter is корпус', 'Москва, ул. Мира, 12 к. А', 'москва мира улица, 12 корп а'],
  ['к without its dot there is the house’s letter', 'Москва, ул. Мира, 12 к А', 'москва мира улица, 12к а'],
  ['к. in front of a name is neither', 'Москва, ул. Мира, 12 к. Навои', 'москва мира улица, 12 к. навои'],
  ['d. in front of a name is no house', 'Tashkent, Navoi, d. Bobur, 5', 'tashkent navoi d bobur 5'],
  [
    'a letter with a dot in front of a number stays apart',
    'Москва, ул. Мира, 12 а. 5',
    'москва мира улица, 12 а. 5',
  ],
  [
    'a letter in front of shoh koʻchasi is the street’s',
    'Toshkent, 12 A shoh koʻchasi',
    "toshkent 12 a. shoh-ko'chasi",
  ],
  ['a letter behind a comma is a name’s initial', 'Москва, 12, А Навои ул.', 'москва, 12, а. навои улица'],
  ['a letter behind its house is the house’s', 'Москва, 12 А Навои ул.', 'москва 12а навои улица'],
  ['a letter behind an ordinal is an initial', 'Москва, 5-я А Навои ул.', 'москва 5 а. навои улица'],
];

describe('short words in an address', () => {
  for (const [rule, text, canonical] of READINGS)
    it(`${rule}: "${text}"`, () => {
      expect(canonicalAddress(text)).to.equal(canonical);
    });
});

const PARTS: readonly (readonly [rule: string, text: string, canonical: string])[] = [
  [
    'the comma between them parts a number from блок',
    'Москва, ул. Мира, 12, 5, блок',
    'москва мира улица, 12 5, блок',
  ],
  [
    'блок with a number behind it has that',
    'Москва, ул. Мира, 12, 5 блок 3',
    'москва мира улица, 12 5 блок 3',
  ],
  [
    'an ordinal is the корпус’s whatever follows',
    'Москва, ул. Мира, 12, 1-й корпус, 3',
    'москва мира улица, 12 корп 1 3',
  ],
  [
    'a number with a hyphen as well',
    'Toshkent, Bobur koʻchasi, 12-uy, 2-blok, 3',
    "toshkent bobur ko'chasi, 12 blok 2 3",
  ],
  ['without either nobody can tell', 'Москва, ул. Мира, 12, 1 корпус, 3', 'москва мира улица, 12 1 корп, 3'],
  ['a flat’s number says nothing', 'Москва, ул. Мира, 12, 1 корпус, 5 кв.', 'москва мира улица, 12 корп 1'],
  ['a house may have its letter', 'Москва, ул. Мира, 12 К, 2-блок', 'москва мира улица, 12к блок 2'],
  ['a postcode is no корпус', 'Москва, ул. Мира, 12, 101000 корпус', 'москва мира улица, 12 101000 корп'],
];

describe('the part of a house in front of its word', () => {
  for (const [rule, text, canonical] of PARTS)
    it(`${rule}: "${text}"`, () => {
      expect(canonicalAddress(text)).to.equal(canonical);
    });
});
