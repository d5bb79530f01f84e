import { expect } from 'chai';
import fc from 'fast-check';
import { haversineMetres } from '../../../../src/domain/provider/haversine.ts';
import { plainAddress } from '../../../../src/domain/address/plain-address.ts';
import { foldName } from '../../../../src/infrastructure/providers/gazetteer/fold-name.ts';
import { gazetteer } from '../../../../src/infrastructure/providers/gazetteer/gazetteer.ts';
import { loadPlaceIndex } from '../../../../src/infrastructure/providers/gazetteer/place-index.ts';
import { addressPairs } from '../../../support/address-pairs.ts';
import { anAccess, answered, refused } from '../../../support/provider-access.ts';
import { readFixture } from '../../../support/provider-fixtures.ts';

type SampleCity = {
  readonly geonameId: number;
  readonly countryCode: string;
  readonly lat: number;
  readonly lng: number;
  readonly names: readonly string[];
};
const { cities } = readFixture('gazetteer-sample.json') as { cities: readonly SampleCity[] };

const TASHKENT = { latitude: 41.311, longitude: 69.279 };
const MOSCOW = { latitude: 55.7558, longitude: 37.6173 };
const SAMARKAND = { latitude: 39.6542, longitude: 66.9597 };
const TERMEZ = { latitude: 37.2242, longitude: 67.2783 };
const CHIRCHIQ = { latitude: 41.469, longitude: 69.582 };
const NUKUS = { latitude: 42.46, longitude: 59.6 };
const NIZHNY = { latitude: 56.3264, longitude: 44.0055 };
const LONDON = { latitude: 51.5074, longitude: -0.1278 };
const RISHTON = { latitude: 40.3567, longitude: 71.2847 };
const ALMATY = { latitude: 43.238, longitude: 76.945 };
const SINGAPORE = { latitude: 1.29, longitude: 103.85 };

describe('gazetteer', () => {
  const places = gazetteer();
  const geocode = async (
    address: string,
    change: { region?: string; language?: string; limit?: number } = {},
  ) => answered(await places.geocode(anAccess(), { address, language: 'ru', limit: 5, ...change }));
  const reverse = async (latitude: number, longitude: number) =>
    answered(await places.reverse(anAccess(), { coordinates: { latitude, longitude }, language: 'ru' }));

  const WHOLE = [
    ['Ташкент', TASHKENT],
    ['Toshkent', TASHKENT],
    ['Тошкент', TASHKENT],
    ['г. Ташкент', TASHKENT],
    ['г.Ташкент', TASHKENT],
    ['ТАШКЕНТ', TASHKENT],
    ['Toshkent shahri', TASHKENT],
    ['Toshkent sh.', TASHKENT],
    ['O´zbekiston, Toshkent', TASHKENT],
    ['Tashkent, Uzbekistan', TASHKENT],
    ['Ташкент Узбекистан', TASHKENT],
    ['Алматы қаласы', ALMATY],
    ['Алматы қ.', ALMATY],
    ['100084, Узбекистан, г. Ташкент', TASHKENT],
    ['Oʻzbekiston, Toshkent', TASHKENT],
    ['Toshkent, Oʻzbekiston 100084', TASHKENT],
    ['140100 Узбекистан, Самарканд', SAMARKAND],
    ['Москва', MOSCOW],
    ['Москва, Россия', MOSCOW],
    ['Moscow, Russia', MOSCOW],
    ['РФ, Москва', MOSCOW],
    ['Самарканд', SAMARKAND],
    ['Samarqand', SAMARKAND],
    ['Самарқанд шаҳри', SAMARKAND],
    ['Термиз', TERMEZ],
    ['Toshkent shahri Chilonzor tumani', TASHKENT],
    ['Тошкент ш. Чилонзор тумани', TASHKENT],
    ['Сурхондарё вилояти Термиз шаҳри', TERMEZ],
    ['Сурхандарьинская область г. Термез', TERMEZ],
    ['Ташкентская обл Чирчик', CHIRCHIQ],
    ['Чирчик Ташкентская область', CHIRCHIQ],
    ['Toshkent viloyati Chirchiq', CHIRCHIQ],
    ['Узбекистан Ташкентская область Чирчик 111700', CHIRCHIQ],
    ['Республика Каракалпакстан Нукус', NUKUS],
    ['Ташкент Мирзо-Улугбекский р-н', TASHKENT],
    ['Yunusobod tumani Toshkent', TASHKENT],
    ['Сингапур', SINGAPORE],
  ] as const;
  for (const [address, truth] of WHOLE) {
    it(`finds "${address}" whole, within 15 km of the truth`, async () => {
      const [best] = (await geocode(address)).matches;
      expect(best).to.include({ precision: 'city', partialMatch: false });
      expect(haversineMetres(best!.coordinates, truth)).to.be.lessThan(15_000);
      expect(best!.confidence).to.be.within(0.2, 0.3);
    });
  }

  const PARTS = [
    ['г. Ташкент, ул. Бабура, д. 12', TASHKENT],
    ['Toshkent, Amir Temur shoh koʻchasi, 107B', TASHKENT],
    ['Москва ул. Тверская 13', MOSCOW],
    ['ул. Тверская 13 Москва', MOSCOW],
    ['Ташкент, Навои, 30', TASHKENT],
    ['Навои 30 Ташкент', TASHKENT],
    ['Ташкент Навои 30', TASHKENT],
    ['30 Навои Ташкент', TASHKENT],
    ['ул. Навои 30 Ташкент Узбекистан', TASHKENT],
    ['Узбекистан Ташкент ул. Навои 30', TASHKENT],
    ['Россия Москва ул. Тверская 13', MOSCOW],
    ['Москва ул. Россия', MOSCOW],
    ['1 Registan Street Samarkand Uzbekistan', SAMARKAND],
    ['10 Downing Street London UK', LONDON],
    ['India House 5 London', LONDON],
    ['12 3rd Street London', LONDON],
    ['12 13th Street London', LONDON],
    ['ул. Навои 30 Самарканд Узбекистан, Узбекистан', SAMARKAND],
    ['1 Registan Street, Samarkand, Uzbekistan', SAMARKAND],
    ['221B Baker Street London', LONDON],
    ['Узбекистан г. Ташкент ул. Навои 30', TASHKENT],
    ['Самарканд мкр 5 дом 7', SAMARKAND],
    ['Сурхандарьинская обл. г. Термез ул. Мира 5', TERMEZ],
    ['Surxondaryo viloyati Termiz shahri Navoiy koʻchasi 5', TERMEZ],
    ['Тошкент, Чилонзор тумани 5-уй', TASHKENT],
    ['Toshkent shahri Chilonzor tumani 5-uy', TASHKENT],
    ['Ташкентская улица 12 Риштан', RISHTON],
    ['Ташкентская обл Чирчик ул. Навои 5', CHIRCHIQ],
    ['ул. Навои 5 Чирчик Ташкентская область', CHIRCHIQ],
    ['Н. Новгород ул. Н. Сусловой 5', NIZHNY],
    ['Москва, Риштан, Узбекистан', RISHTON],
  ] as const;
  for (const [address, truth] of PARTS) {
    it(`answers "${address}" with the city, marked as a partial match`, async () => {
      const [best] = (await geocode(address)).matches;
      expect(best).to.include({ precision: 'city', partialMatch: true });
      expect(haversineMetres(best!.coordinates, truth)).to.be.lessThan(15_000);
      expect(best!.confidence).to.be.at.most(0.15);
    });
  }

  const NAMESAKES = [
    ['Мирный, Архангельская', 62.76, 40.34],
    ['Мирный, Архангельская область', 62.76, 40.34],
    ['Мирный, Республика Саха (Якутия)', 62.54, 113.96],
    ['Шахтерск, Сахалинская', 49.17, 142.14],
    ['Железногорск, Красноярский край', 56.25, 93.53],
    ['Красноярский край, г. Железногорск, ул. Ленина, 5', 56.25, 93.53],
    ['Железногорск Красноярский край ул. Ленина 5', 56.25, 93.53],
    ['Железногорск, Курская обл.', 52.33, 35.37],
    ['Киров, Калужская область', 54.08, 34.31],
    ['Донецк, Ростовская область', 48.34, 39.95],
    ['Владикавказ, Республика Северная Осетия - Алания', 43.02, 44.68],
    ['Радужный, ХМАО', 62.13, 77.46],
    ['Ставрополь, Ставропольский край', 45.04, 41.97],
    ['Аксай, Западно-Казахстанская область', 51.17, 53.0],
    ['Гагарин, Жиззах вилояти', 40.66, 68.17],
    ['Каменка, Пензенская обл.', 53.18, 44.05],
    ['Заречный, Пензенская область', 53.2, 45.17],
    ['Россошь', 50.2, 39.57],
    ['Россошь, Воронежская область', 50.2, 39.57],
    ['Volzhsk, Mari El region', 55.87, 48.36],
    ['Пойковский', 60.99, 71.87],
    ['Lekki, Nigeria', 6.45, 3.48],
    ['Солнечный, Хабаровский край', 50.72, 136.63],
    // A street, or a district, with the same name as a region elsewhere.
    ['Ташкент, Московская, 5', 41.31, 69.28],
    ['Москва, Саратовская, 5', 55.76, 37.62],
    ['Красноярский район, Самара', 53.2, 50.15],
    ['Ташкент, Крым, 5', 41.31, 69.28],
    ['Ташкент, Узбекистан, Крым, дом 5', 41.31, 69.28],
    ['Самарканд, Кузбасс, 7А', 39.65, 66.96],
    ['Dzerzhinskiy, Moscow region', 55.63, 37.86],
    ['Kirov, Kaluga region', 54.08, 34.31],
    ['Ivanovo, Брестская', 52.14, 25.54],
  ] as const;
  for (const [address, latitude, longitude] of NAMESAKES)
    it(`finds the one town that is meant by "${address}"`, async () => {
      const [best, ...others] = (await geocode(address)).matches;
      expect(haversineMetres(best!.coordinates, { latitude, longitude })).to.be.lessThan(15_000);
      expect(others).to.deep.equal([]);
    });

  const NOTHING = [
    'Покровск, Саха',
    'Покровск, Республика Саха (Якутия)',
    '',
    ' , ;\n',
    'jsajhgsdkfjhsfkjhaldkadjaslgldasd',
    'ул. Ленина, 5',
    'ул. Самара 5',
    'Самара ул.',
    'Reading Road 5',
    'Узбекистан',
    'Республика Казахстан',
    'Ташкентская область',
    'Ташкентская область Узбекистан',
    'Toshkent viloyati',
    'область Ташкент',
    'Ургутский район Самаркандская область',
    'Парагвай',
    'Москва, Узбекистан',
    'Paris, Texas, USA',
    '🙂'.repeat(500),
  ];
  for (const address of NOTHING) {
    it(`knows no place for ${JSON.stringify(address.slice(0, 40))}`, async () =>
      expect((await geocode(address)).matches).to.deep.equal([]));
  }

  it('finds the same city, with the same quality, in every spelling that shares a key', async () => {
    const found = async (address: string) => {
      const { matches } = await geocode(plainAddress(address));
      return matches.map(({ placeId, confidence, partialMatch }) => ({ placeId, confidence, partialMatch }));
    };
    const different: string[] = [];
    for (const [a, b] of addressPairs.flatMap(({ same }) => same)) {
      const [one, other] = [await found(a), await found(b)];
      if (JSON.stringify(one) !== JSON.stringify(other)) different.push(`${a} and ${b}`);
    }
    expect(different).to.deep.equal([]);
  });

  it('knows a town with any apostrophe', async () => {
    for (const name of ['Farg´ona', 'Farg`ona', 'Fargʻona', 'Farg’ona shahri'])
      expect((await geocode(name)).matches[0]?.formattedAddress).to.equal('Фергана, Узбекистан');
  });

  it('knows every city of the sample under every name of it', async () => {
    const missing: string[] = [];
    for (const city of cities)
      for (const name of city.names) {
        const { matches } = await geocode(name, { region: city.countryCode });
        if (!matches.some(({ placeId }) => placeId === `geonames:${city.geonameId}`)) missing.push(name);
      }
    expect(missing).to.deep.equal([]);
  });

  it('lets the hint decide between namesakes, and size without one', async () => {
    const countries = async (region?: string) =>
      (await geocode('London', region === undefined ? {} : { region })).matches.map(
        ({ components }) => components.countryCode,
      );
    expect(await countries()).to.deep.equal(['GB', 'CA']);
    expect(await countries('CA')).to.deep.equal(['CA', 'GB']);
    expect((await geocode('London', { limit: 1 })).matches).to.have.length(1);
    expect((await geocode('London, Canada')).matches).to.have.length(1);
  });

  it('scores by how the name was found', async () => {
    const score = async (address: string, region?: string) =>
      (await geocode(address, region === undefined ? {} : { region })).matches[0]?.confidence;
    expect(await score('Ташкент', 'UZ')).to.equal(0.3);
    expect(await score('Ташкент, Узбекистан')).to.equal(0.3);
    expect(await score('Ташкент')).to.equal(0.25);
    expect(await score('Toshkent shahri')).to.equal(0.25);
    expect(await score('мск')).to.equal(0.25);
    expect(await score('Р. Узбекистан, Ташкент')).to.equal(0.3);
    expect(await score('Tachkent')).to.equal(0.2);
  });

  it('answers in the language asked for', async () => {
    const named = async (language: string) =>
      (await geocode('Samarkand', { language })).matches[0]?.formattedAddress;
    expect(await named('ru')).to.equal('Самарканд, Узбекистан');
    expect(await named('uz')).to.equal('Samarqand, Oʻzbekiston');
    expect(await named('en')).to.equal('Samarkand, Uzbekistan');
    expect(await named('de')).to.equal('Samarkand, Uzbekistan');
  });

  for (const [language, names] of [
    ['ru', ['Харьков', 'Ереван', 'Новокузнецк', 'Кривой Рог', 'Актау', 'Уральск', 'Мумбаи', 'Чикаго']],
    ['uz', ['Toʻytepa', 'Qoʻngʻirot', 'Uchqoʻrgʻon', 'Toʻrtkoʻl', 'Moʻynoq', 'Moskva', 'Nijniy Novgorod']],
    ['ru', ['Мубарек', 'Чартак', 'Иштыхан', 'Туракурган', 'Сырдарья', 'Карасу', 'Каракуль', 'Пап']],
    ['ru', ['Учкудук', 'Шахрихан', 'Риштан', 'Чимбай', 'Галляарал', 'Кармана', 'Ханка', 'Пахтаабад']],
    [
      'ru',
      [
        'Дзержинский',
        'Новотроицк',
        'Туапсе',
        'Тихорецк',
        'Мценск',
        'Гудермес',
        'Петергоф',
        'Сарань',
        'Рыбница',
      ],
    ],
    ['uz', ['Uchquduq', 'Shahrixon', 'Rishton', 'Chimboy', 'Gʻallaorol', 'Qorakoʻl', 'Taxtakoʻpir']],
    ['uz', ['Nyu-York', 'Qohira', 'Tehron', 'Olmaota', 'Shanxay', 'Toʻraqoʻrgʻon']],
  ] as const)
    for (const name of names)
      it(`knows ${name}, and calls it so in "${language}"`, async () => {
        const [best, ...others] = (await geocode(name, { language })).matches;
        expect(best?.components.city).to.equal(name);
        expect(best).to.include({ confidence: 0.25, partialMatch: false });
        expect(others).to.deep.equal([]);
      });

  for (const [names, latitude, longitude] of [
    [['Зарафшан', 'Zarafshon', 'Zarafshan', 'Зарафшон', 'г. Зарафшан, Узбекистан'], 41.575, 64.205],
    [['Шерабад', 'Sherobod', 'Шеробод', 'Sherobod shahri', 'Сурхандарьинская обл. Шерабад'], 37.667, 67.017],
    [['Джаркурган', 'Jarqoʻrgʻon', "Jarqo'rg'on", 'Жарқўрғон', 'Jarqo‘rg‘on shahri'], 37.508, 67.417],
    [['Келес', 'Keles', 'Ташкентская область, г. Келес'], 41.403, 69.207],
    [['Тахиаташ', 'Taxiatosh', 'Тахиатош', 'Takhiatash', 'Тақыятас'], 42.333, 59.567],
    [['Ширин', 'Shirin', 'Shirin shahri'], 40.227, 69.134],
    [['Нурафшон', 'Нурафшан', 'Nurafshon'], 41.032, 69.363],
    [['Каскелен', 'Қаскелең', 'Kaskelen'], 43.2, 76.622],
    [['Сатпаев', 'Жетысай', 'Узынагаш', 'Косшы', 'Кордай', 'Тобыл', 'Текели'], undefined, undefined],
    [['Мурино', 'Юрга', 'Красное Село', 'Магас', 'Балахна'], undefined, undefined],
  ] as const)
    for (const name of names)
      it(`knows ${name}, which the gazetteer it is made of lacks or does not count`, async () => {
        const [best, ...others] = (await geocode(name)).matches;
        expect(best).to.include({ precision: 'city', partialMatch: false });
        expect(others).to.deep.equal([]);
        if (latitude !== undefined)
          expect(haversineMetres(best!.coordinates, { latitude, longitude })).to.be.below(5_000);
      });

  it('returns no GeoNames id for a town that has none', async () => {
    expect((await geocode('Зарафшан')).matches[0]).to.not.have.property('placeId');
    expect((await geocode('Юрга')).matches[0]).to.have.property('placeId', 'geonames:1485724');
  });

  for (const [former, today] of [
    ['Целиноград', 'Астана'],
    ['Джамбул', 'Тараз'],
    ['Гурьев', 'Атырау'],
    ['Талды-Курган', 'Талдыкорган'],
    ['Қарағанды', 'Караганда'],
    ['Ленинабад', 'Худжанд'],
    ['Сталинабад', 'Душанбе'],
    ['Панджакент', 'Пенджикент'],
    ['Чарджоу', 'Туркменабат'],
    ['Ташауз', 'Дашогуз'],
    ['Тифлис', 'Тбилиси'],
    ['Загорск', 'Сергиев Посад'],
    ['Кёнигсберг', 'Калининград'],
    ['Нөкис', 'Нукус'],
  ] as const)
    it(`knows ${former} for what is ${today} on today's maps`, async () => {
      const [best, ...others] = (await geocode(former)).matches;
      expect(best?.components.city).to.equal(today);
      expect(best).to.include({ confidence: 0.2, partialMatch: false });
      expect(others).to.deep.equal([]);
    });

  it('does not take a street for a city, even if a city once had the same name', async () => {
    const [best] = (await geocode('Фрунзе 12 Томск')).matches;
    expect(best?.components.city).to.equal('Томск');
    expect((await geocode('Фрунзе 12')).matches).to.deep.equal([]);
  });

  it('names the nearest city of a point', async () => {
    const city = async (latitude: number, longitude: number) =>
      (await reverse(latitude, longitude)).matches[0]?.components.city;
    expect(await city(41.311, 69.279)).to.equal('Ташкент');
    expect(await city(55.7558, 37.6173)).to.equal('Москва');
    expect(await city(55.8895, 37.443)).to.equal('Химки');
    expect(await city(41.4689, 69.5822)).to.equal('Чирчик');
  });

  it('takes a pair of degrees given as an address for a point, as the other providers do', async () => {
    expect(await geocode('41.311, 69.279')).to.deep.equal(await reverse(41.311, 69.279));
    expect((await geocode('-41.311, 69.279')).matches).to.deep.equal([]);
    expect((await geocode('121, 69')).matches).to.deep.equal([]);
  });

  it('refuses to name a city more than 50 km away', async () => {
    for (const [latitude, longitude] of [
      [0, 0],
      [90, 0],
      [69.24, 41.3],
      [41, 60],
    ] as const)
      expect((await reverse(latitude, longitude)).matches).to.deep.equal([]);
  });

  it('knows no roads, and is always reachable for nothing', async () => {
    const route = await places.route(anAccess(), { origin: TASHKENT, destination: MOSCOW, mode: 'driving' });
    expect(refused(route).kind).to.equal('not-supported');
    expect(answered(await places.probe(anAccess()))).to.deep.equal({ reachable: true });
    expect(places.probeIsFree).to.equal(true);
  });

  it('reads its data once, and again after a failure', async () => {
    let reads = 0;
    const flaky = gazetteer({
      load: async () => {
        reads += 1;
        if (reads === 1) throw new Error('disk');
        return loadPlaceIndex();
      },
    });
    const ask = () => flaky.geocode(anAccess(), { address: 'Москва', language: 'ru', limit: 1 });
    const first = await ask().catch((error: unknown) => error);
    expect(first).to.be.an('error');
    await Promise.all([ask(), ask()]);
    expect(reads).to.equal(2);
  });

  it('never fails on any text', async () => {
    const words = fc.constantFrom('ташкент', 'г.', 'ул.', ',', '12', 'узбекистан', 'shahri', '/', 'london');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((parts) => parts.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (address) => {
        const scores = (await geocode(address)).matches.map(({ confidence }) => confidence);
        expect(scores).to.deep.equal(scores.toSorted((a, b) => b - a));
        expect(Math.max(0, ...scores)).to.be.at.most(0.3);
      }),
    );
  });
});

describe('folded names', () => {
  const PAIRS = [
    ['Fargʻona', 'fargona'],
    ["Farg'ona", 'fargona'],
    ['São Paulo', 'sao paulo'],
    ['Орёл', 'орел'],
    ['Йошкар-Ола', 'йошкар ола'],
    ['Ğazni', 'gazni'],
    ['  Ростов–на–Дону. ', 'ростов на дону'],
    ['Қўқон', 'қўқон'],
  ] as const;
  for (const [name, folded] of PAIRS)
    it(`folds "${name}" to "${folded}"`, () => expect(foldName(name)).to.equal(folded));

  it('are a fixed point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => foldName(foldName(text)) === foldName(text)),
    );
  });
});
