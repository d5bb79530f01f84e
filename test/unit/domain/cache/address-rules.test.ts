import { hash } from 'node:crypto';
import { expect } from 'chai';
import { geocodeOperation } from '../../../../src/application/provider-call/geocode-operation.ts';
import { ADDRESS_RULES, canonicalAddress } from '../../../../src/domain/cache/canonical-address.ts';

/** One or more for each rule. Only their texts count: add none without a new print below. */
const addresses = [
  '41.311081, 69.240562',
  '41°18′40″N 69°14′26″E',
  'г. Ташкент, ул. Навои, д. 12А, кв. 7',
  'Ташкент, Навои улица, дом 12 "а", офис 5',
  'С.-Петербург, Невский пр-т, 28',
  'Российская Федерация, Н. Новгород, пл. Минина 1/2',
  'Москва, Ленинский проспект, д.1, корп. 2, стр. 3',
  'Москва, ш. Энтузиастов, 31с39',
  '13-кв.45, Чиланзар',
  'Чиланзар, 9-й квартал, дом 13, подъезд 2, этаж 4',
  '38 дом 25 кв 15 Мая ул.',
  'Toshkent shahri, Amir Temur ko‘chasi, 15-uy, 3-xonadon',
  'Тошкент шаҳри, Амир Темур кўчаси, 15-уй',
  'Ёлкино, ул. Зелёная, 3',
  '10 Downing Street, London SW1A 2AA',
  '1600 Amphitheatre Pkwy, Mountain View, CA 94043',
  'ул. Ш. Рашидова, 14 Ш',
  'офис 5',
  'Unit 5, Industrial Park',
  'Bristol Road, Gloucester',
  'Невский пр-т Санкт-Петербург',
  '5 Rodeo Dr, Los Angeles, U.S.A.',
  'Москва | ул. Тверская | 13!',
  'Ташкент, 12 дом кв 8 мкр',
  'Ташкент, 24-дом, квартал 36 подъезд 18',
  'Toshkent, Bobur ko‘chasi, 12-xonadon, 100011',
  '8 Марта ул., кв. 5, 12',
  'ул. Мира, 5, 44 офис 100011',
  'Чиланзар, 5, ул. Навои',
  'Toshkent shahar, Navoi str. 5, str. 2, etaj 3',
  'д. Ивановка, ул. Мира, N 27\\13',
  'Tashkent, ul. Navoi, d. 5',
  'Москва, дом 6 кв. 2 Тверская ул.',
  "Москва, ЖК 'Новый Город', ул.\nМира, 27 / 13",
  'Навои 13 Ташкент',
  'шаҳри Самарқанд, Тошкент ш, 5',
  'Ростов н. Д., ул. Пушкинская, 40',
  '№ 3 Парковая ул., Москва',
  'Ташкент, Г. Гуляма ул. участок 5',
  'Чиланзарский р-он, Ц-5, д.N13, 12вл1',
  'Г. Гуляма ул. Ташкент',
  'ул. Навои Ташкент',
  'ул. Навои, 3, тупик 5',
  'ул. Мира, 12-й участок, дом 1',
  'Guliston, 4-tor koʻchasi, 4-blok, 2-uy',
  'Москва, ул. Мира, 32 Д 3 этаж',
  'Москва г ул. Пушкина А.С. 10',
  'ул. Маркса К 5',
  'Toshkent shahri Sh. Rashidov koʻchasi, 5',
  'Самал-2 мкр 33',
  'Москва, № 3 ул. Парковая',
  'Toshkent, Sergeli massivi, 12-uy',
  'Toshkent sh. Sh. Rashidov koʻchasi, 5',
  'р.п. Мирный, Набережная 3',
  'Ташкент, ул. Ком. 12',
  'Ташкент, м-р 4, М. Горького пер., 5',
  'Namangan shahar, Gulobod M.F.Y., 4-mikrorayoni, 12-uy',
  'ст-ца Динская, д/вл 5',
  'Тошкент, Гулобод маҳалла, Бобур куча, 12',
  'ул. Мира, д. 12, школа',
  'город: Ташкент, ж/м Высоковольтный, дом: 30/кв.5',
  'g. Tashkent, ul. Navoi, 30',
  '5 Elm Ct, London',
  '5 Elm Gdns, London',
  'Навои, ул. Гулистан, 5',
  'Киров Заречный пр-д 59',
  'ул. Ташкент Чиланзар, 5',
  'СПб, Невский пр., 35, парадная 2',
  'Toshkent, Navoiy k., 30-uy, A-blok',
  'Москва, ул. Мира, 12аб, п. 1, кв. 5',
  'Ташкент, Чиланзар - 5, 12',
  'Toshkent, Bobur koʻchasi, 30-uy, xonadon: 5',
  'Москва, Белый дом, 5',
  '6, Kings Court, London',
];

/** By the number of the rules. A released line is never changed: another print is another number. */
const prints: Readonly<Record<string, string>> = {
  '2': '2roWwBdihQeqL5LXzNQbdM',
  '3': 'Za9B7jdtgW-3ql3XUBt7QV',
  '4': 'xJmacPXh6pGfCLGwF-TKyK',
  '5': 'J8_h-vjkUYUHBAYqiEum4L',
  '6': 'vYHapZu6mw0Ffw8uBnu5vq',
  '7': 'o1GHcMBO-Yv52hCuAl_juN',
  '8': '33tFOJqx5iHzoIx4Ff3G-o',
  '9': 'exPpaWY3YrJb3IKHSnEuYP',
  '10': 'KObeFc04EVewhbVIR7U0TJ',
  '11': 'uaIgeLelr5G0AlUJuCKwdN',
  '12': 'at6ghtL_TsBRgWzj_rFKSi',
  '13': 'V0DfQz8TeDVR1-3eP_i9-K',
  '14': 'Qm4EicmdcdrAP71E_-kotm',
  '15': 'FSuI1Wj0LNH28bYRNHcyfR',
  '16': 'UakaNiS72e4y0qYT53Nyso',
  '17': 'hlzGISLJlsCwRvW-J0SAzE',
  '18': 'hHLyVWiT-N0c-ufzjK2Qkc',
  '19': 'AIpcEtJFQH48IPmP4JR8nf',
  '20': 'zusQXv38UApGmyI5lQdGCr',
  '21': '7cgn8rK2udrEsOV1WYnzdb',
  '22': 'n7V5BO9qvg9MrBykYZEfxE',
  '23': '1jhmRieFp7doO7VsiWlHUx',
  '24': 'mNBqwnhLyFvGFT0El52gSw',
  '25': 'XlIYqd15NDQ-12SVHj3bnL',
  '26': 'nnVLfkv6C38UkYEcasKifC',
  '27': 'RKrYBdn902FjkF9zxSepDI',
  '28': 'g8FPTviFtEozLM5TiAm9FN',
  '29': 'jSoAeBnRELLNsUH7gquL6B',
  '30': '6F58E7ZvK9mppPoZI0f_JW',
};

describe('the rules of canonical addresses', () => {
  it('have another number when an address gets another text', () => {
    const print = hash('sha256', JSON.stringify(addresses.map(canonicalAddress)), 'base64url').slice(0, 22);
    expect(print, 'raise ADDRESS_RULES, and add this print under the new number').to.equal(
      prints[ADDRESS_RULES],
    );
  });

  it('stand in the keys of geocoding', () => {
    const { cacheFields } = geocodeOperation({}, { l1Ms: 1, l2Ms: 1, negativeMs: 1, graceMs: 1 });
    expect(cacheFields({ address: 'Ташкент', language: 'ru', limit: 1 })).to.include(ADDRESS_RULES);
  });
});
