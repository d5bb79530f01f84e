import { expect } from 'chai';
import fc from 'fast-check';
import { hasHouseNumber } from '../../../../src/domain/provider/house-number.ts';
import { addressPairs } from '../../../support/address-pairs.ts';

const withHouse = [
  'Москва, ул. Тверская, 13',
  'Москва, Тверская ул. 13',
  'Тверская 13',
  '13 ул. Тверская, Москва',
  'Москва, дом № 13, ул. Тверская',
  'Москва, ул. Тверская, д.13',
  'Москва, ул. Тверская, д13',
  'Москва, ул. Тверская, вл. 13',
  'Москва, ул. Тверская, 9999',
  'ул. Ленина, 5',
  'улица Ленина 5 Москва',
  'ул. Навои Ташкент 30 Узбекистан',
  'ул. Навои Ташкент 30, Узбекистан',
  'Мира ул. Москва 5 Россия',
  'Юнусабад, 5-й корпус, 12',
  'Ташкент, ул. Навои, 3, тупик 5',
  'Ташкент, ул. Навои, 3-й тупик, 5',
  'Ташкент, ул. Навои 1-й проезд, д. 30 кв. 5',
  'Toshkent, Navoiy koʻchasi, 3-tor koʻchasi, 5-uy',
  'Алматы, Самал-2 мкр, 33',
  'Toshkent, Sergeli massivi, 12-uy',
  'Ташкент, Чиланзар-9, 13 д 45 кв',
  'Ташкент, Чиланзар-9, 13 д 45 кв, Узбекистан',
  'Toshkent, Sergeli massivi 12-uy, 7-xonadon',
  'Ташкент, Северный микрорайон, 5',
  '3А Гуляма улица, Ташкент',
  'ул. Ленина, 32 а',
  'ул. Ленина, 32-А',
  'ул. Ленина, 32 а кв 3',
  '221 B Baker Street, London',
  'ул. Ленина, д. 64-Е',
  'ул. 8 Марта, 5',
  'ул. 8 Марта 5',
  'Самарканд, улица Несуществующая, 5',
  'Ташкент, проспект Амира Темура, 107Б',
  'д. 27/13',
  'Москва, 1-я Тверская-Ямская ул., 7',
  '101000, Москва, ул. Мясницкая, 26',
  'Москва, Профсоюзная, 12 корп. 1',
  'Москва, Профсоюзная, 12к1',
  'Москва, Тверская, 13 кв. 5',
  'Зеленоград, корп. 1215',
  'Ташкент, Чиланзар, кв. 5, д. 12',
  'Ташкент, Чиланзар, 5-й квартал, 12',
  'Ташкент, Чиланзар, квартал 5, 12 дом',
  'Toshkent, Bobur koʻchasi, 12-uy',
  'Toshkent, Bobur koʻchasi, 12 uy',
  'Toshkent, Bobur koʻchasi 12',
  'Toshkent, Chilonzor 5-kvartal, 12-uy, 7-xonadon',
  'Тошкент, Бобур кўчаси, 12-уй',
  '221B Baker Street, London',
  '10 Downing St, London',
  '10 Downing Street London',
  'London, 10 Downing Street',
  '350 5th Ave, New York, NY 10118',
  '12345 Sunset Boulevard, Los Angeles',
  '1600 Broadway, New York',
  'Flat 2, 10 Downing St, London',
  '221 Baker, London',
  '350 42nd St, New York',
  'Toshkent Bobur koʻchasi 12 Oʻzbekiston',
  'Bobur koʻchasi 12 Toshkent',
  'Ленина 32 а лит Б',
  'Москва, Тверская, 27/13',
  'Москва, Ленина, 27/13б',
  'Москва, Профсоюзная, 12к12',
  'Москва, Тверская, д13/27',
  'Bobur, 12a-uy',
  'Toshkent, Bobur koʻchasi, 12 7-xonadon',
  'Toshkent, Bobur koʻchasi, 12/6-b uy',
  'Тошкент, Бобур кўчаси, 12А/3-уй',
  'Москва, Ленина, 27/13-б',
  'Москва, ул. Ленина, д27/13-Б',
  'Toshkent, Bobur koʻchasi 12/5-uy, 7-xonadon',
  'Toshkent, Bobur koʻchasi 12/5-b-uy, 7-xonadon',
  'ул. Ленина, д. 6-Е',
  'Ленина 13 45 Москва',
  'Bobur koʻchasi, 12uy',
  'Toshkent, Bobur koʻchasi, 12 A-uy',
  'Toshkent, Bobur koʻchasi, 12-v, 7-xonadon',
  'Тошкент, Бобур кўчаси, 12/5 Б 7-хонадон',
  'Чиланзар, 5-й квартал, 12 а дом',
  'Ростов-на-Дону, пл. Ленина, влд. 53 в, кв. 12',
  'Ростов-на-Дону, ул. Мира, 14-Б с2',
  'Ростов-на-Дону, ул. Мира, 12 в с1',
  'Ростов-на-Дону, ул. Мира, д53/2-к1',
  'Ростов-на-Дону, ул. Мира, 37/1-Е, оф. 7',
  'Москва двлд. 13 ул. Тверская',
  'Ташкент Чиланзар 9 квартал 12',
  'Санкт-Петербург ВО 7-я линия 12',
  'Москва Тверская улица 13 а',
  'Москва, ул. Мира, 27 а/13',
  'Москва, ул. Мира, 32 Бк1с2',
  'Ташкент, ул. Навои, 30 кв5',
  'Ташкент, ул. Навои, 30 а кв5',
  'Ташкент, ул. Навои, 30 оф12',
  'Москва, Ленинский пр-т 5 кв7 эт3',
  'Ташкент, Чиланзар 5 квартал, 12 3-й этаж',
  'Ташкент, ул. Навои, 12а 2-ой подъезд',
  'Ташкент, ул. Навои, 12 Б 2-ой подъезд',
  'Toshkent, Chilonzor 5-kvartal, 12 7-kv',
  'Toshkent, Chilonzor 5-kvartal, 12/4 2-podyezd 3-qavat 7-xonadon',
  'Toshkent, Chilonzor 5-kvartal, 12 3-xona',
  'Ташкент, ул. Навои, 12 каб. 5',
  'Ташкент, Чиланзар 5 квартал, 12 Б 7 кв',
  'Ташкент, Чиланзар 5 кв 12',
  'Москва, ул. Мира, 32-е',
  'Бобур майдони 5 Тошкент',
  'Toshkent Bobur maydoni 5 Chilonzor',
  'Toshkent Bobur kochasi 12 Chilonzor',
  'Toshkent Bobur kocha 12 Chilonzor',
  'Ташкент, ул. Навои, 30 (ориентир: метро)',
  'Тошкент, Навоий кўчаси, 30 (мўлжал: метро)',
  'Ташкент, ул. Навои, 30-А [кафе]',
  'Ташкент, ул. Навои, 30 блок А',
  'Ташкент, улица Навои, 30 напротив рынка',
  'Тошкент, Навоий кўчаси, 30 бозор ёнида',
  'Ташкент, Навои, 30 офис',
  'Тошкент, Чилонзор, 12 а-уй',
  'Ташкент, Чиланзар, 27 а/13',
  'Навои, 13, Ташкент',
  'Навои 13 оф. 5 Ташкент',
  'Навои 27/13 Ташкент',
  'ул. Навои, Чиланзар, 13, Ташкент',
  'Ташкент, Юнусабадский район, д. 13, Навои',
  'ул. Навои, 13, массив Бешагач',
  'Ташкент, дом 13, 5-й микрорайон',
  'Москва, д. 3, улица Строителей',
  'Ташкент, Бешагач, 12-xonadon',
  'ул. Мира, пер. Ленина 5 Москва',
  '12-uy, Bobur koʻchasi, Toshkent',
  'House 12, Road 5, Dhanmondi',
  'ул. Мира, 12/А',
  'Москва, ул. Мира, 12АБ',
  'ул. Мира, 12а1, Москва',
  'Алматы, Абай көшесі 12 үй',
  'Unit 10 High Street, Oxford',
  'Flat 10 High Street, Oxford',
  'تهران، خیابان ولیعصر ۵',
  'Навои 13 Ташкент',
  'Чиланзар 5 Ташкент',
];

const withoutHouse = [
  '',
  ' ,;, ',
  'London',
  'Moscow, Russia',
  'Россия, Москва',
  'Москва, 1-я Тверская-Ямская ул.',
  'Москва, 3-я улица Строителей',
  '101000, Москва',
  'Москва 101000',
  '100100 Toshkent',
  'ул. 8 Марта',
  'Москва, ул. 1905 года',
  'Екатеринбург, улица 8-го Марта',
  'проспект 60-летия Октября',
  'ул. 26 Бакинских Комиссаров',
  'ул. 50 лет Октября, Ташкент',
  'Chilonzor 5-kvartal',
  'Chilonzor, 5 kvartal',
  'Toshkent, Yunusobod 4-mavze',
  'Ташкент, Чиланзар, квартал 5',
  'Ташкент, Чиланзар, кв. 5',
  'Ташкент, Чиланзар, кв5',
  'Ташкент, ул. Навои, кв5',
  'Ташкент, Чиланзар 5 кв',
  'Toshkent, Chilonzor 5 kv',
  'Москва, 3 этаж',
  '8 Mart kochasi, Toshkent',
  'Ташкент, Юнусабад, 12-й квартал',
  '8 Mart koʻchasi, Toshkent',
  'New York, NY 10001',
  '10115 Berlin',
  '10001 Broadway',
  'SW1A 2AA, London',
  '5th Avenue, New York',
  'Route 66',
  'Варшавское шоссе, 26 км',
  '41.3111, 69.2797',
  '-41.3, 174.8',
  '51.5, -0.12',
  '-41, 174',
  '8 Март кўчаси, Тошкент',
  'Москва, 26 Бакинских Комиссаров',
  '2026 Expo, Tashkent',
  'Area 51 Nevada',
  'Abbey Road Studio 2 London',
  'Road 5 Dhanmondi, Dhaka',
  'Москва, ул. 13',
  'Ташкент Чиланзар 5 Узбекистан',
  '10115 Berlin Mitte',
  'Los Angeles CA 90028 Sunset Boulevard',
  '190000 Nevsky avenue, Saint Petersburg',
  '13',
  ' 13, ',
  'Чиланзар 5 7-й квартал',
  'Чиланзар квартал 12',
  'Площадка 5 в Ташкенте',
  'Москва 3 улица Строителей',
  'Москва, 8 улица',
  'Домофон код5',
  'Москва, к2-восхождение',
  'д. 101000',
  'Ташкент, Чиланзар (5 квартал)',
  'Москва (ул. 8 Марта)',
  'Тошкент (100000)',
  'Ташкент, ул. Навои, 5 микрорайон',
  'Москва, ул. 13, 8 улица',
  'Москва, улица, 8 Марта',
  '8 Mart kocha, Toshkent',
  'Ташкент, ул. Навои, 8 Марта улица',
  'Ташкент, ул. Навои, напротив 30 рынка',
  'Москва улица Строителей 3-е депо',
  'Екатеринбург ул. 8 Марта',
  'Пермь ул. 1905 года',
  'Dubai, Street 5',
  'London SW1A 2AA',
  '12аб',
  'Москва 12аб Мира',
  'Unit 5, Oxford',
  'проезд 5, Москва',
  'ул. Мира, проезд 5, Москва',
  'ул. Мира, 101000 проезд 5, Москва',
  '3-е Почтовое отделение улица, Москва',
  'Парковая 16-я, Москва',
  'Парковая 16-я Москва',
  'Навои 13 Бешагач',
  'Sector 5, Kolkata',
  'дом 12, дом 14',
];

describe('hasHouseNumber', () => {
  for (const text of withHouse) {
    it(`finds the house in "${text}"`, () => {
      expect(hasHouseNumber(text)).to.equal(true);
    });
  }

  for (const text of withoutHouse) {
    it(`finds none in "${text}"`, () => {
      expect(hasHouseNumber(text)).to.equal(false);
    });
  }

  it('counts a very long text by its first 1,000 characters', () => {
    const street = ', ул. Ленина, 5';
    expect(hasHouseNumber('м'.repeat(1_000 - street.length) + street)).to.equal(true);
    expect(hasHouseNumber('м'.repeat(1_001 - street.length) + street)).to.equal(false);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(hasHouseNumber(text)).to.be.a('boolean');
      }),
    );
  });

  it('says the same of every spelling of one address', () => {
    for (const [a, b] of addressPairs.flatMap(({ same }) => same))
      expect(hasHouseNumber(a), `"${a}" and "${b}"`).to.equal(hasHouseNumber(b));
  });

  it('does not care for the kind of apostrophe, dash or number sign', () => {
    for (const apostrophe of "'`´ʹʻʼʽˈ‘’‛′‵")
      expect(hasHouseNumber(`Toshkent Bobur ko${apostrophe}chasi 12 Chilonzor`), apostrophe).to.equal(true);
    for (const dash of '-\u2010\u2011\u2012\u2013\u2014\u2212')
      expect(hasHouseNumber(`Ташкент, Чиланзар, 5${dash}мавзе`), dash).to.equal(false);
    for (const sign of '№#') expect(hasHouseNumber(`Москва, ${sign}13`), sign).to.equal(true);
  });

  it('does not care for case or the form of the letters', () => {
    for (const text of [...withHouse, ...withoutHouse]) {
      expect(hasHouseNumber(text.toUpperCase()), text).to.equal(hasHouseNumber(text));
      expect(hasHouseNumber(text.normalize('NFD')), text).to.equal(hasHouseNumber(text));
    }
  });
});
