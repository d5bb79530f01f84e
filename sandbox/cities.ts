import { names, type CountryCode, type Names } from './countries.ts';

export type City = {
  readonly id: string;
  readonly lat: number;
  readonly lng: number;
  readonly country: CountryCode;
  readonly postalCode: string;
  readonly names: Names;
  readonly region: Names;
  /** Yandex puts the federal district before the region. */
  readonly federalDistrict?: Names;
  /** Normalised spellings in addition to the three names. */
  readonly aliases: readonly string[];
};

const central = names('Центральный федеральный округ', 'Central Federal District');
const northWest = names('Северо-Западный федеральный округ', 'Northwestern Federal District');
const volga = names('Приволжский федеральный округ', 'Volga Federal District');
const ural = names('Уральский федеральный округ', 'Ural Federal District');
const siberia = names('Сибирский федеральный округ', 'Siberian Federal District');
const farEast = names('Дальневосточный федеральный округ', 'Far Eastern Federal District');
const south = names('Южный федеральный округ', 'Southern Federal District');

const city = (
  id: string,
  [lat, lng]: readonly [number, number],
  country: CountryCode,
  postalCode: string,
  own: Names,
  region: Names,
  aliases: readonly string[] = [],
  federalDistrict?: Names,
): City => ({
  id,
  lat,
  lng,
  country,
  postalCode,
  names: own,
  region,
  aliases,
  ...(federalDistrict ? { federalDistrict } : {}),
});

const tashkent = names('Ташкент', 'Tashkent', 'Toshkent');
const moscow = names('Москва', 'Moscow', 'Moskva');
const petersburg = names('Санкт-Петербург', 'Saint Petersburg', 'Sankt-Peterburg');
const england = names('Англия', 'England', 'Angliya');

/** Centres from general knowledge, accurate to a few kilometres: a table for the sandbox, not a gazetteer. */
export const cities: readonly City[] = [
  city('tashkent', [41.2995, 69.2401], 'UZ', '100000', tashkent, tashkent, ['тошкент', 'taskent']),
  city(
    'samarkand',
    [39.6542, 66.9597],
    'UZ',
    '140100',
    names('Самарканд', 'Samarkand', 'Samarqand'),
    names('Самаркандская область', 'Samarkand Region', 'Samarqand viloyati'),
    ['самарқанд'],
  ),
  city(
    'bukhara',
    [39.7747, 64.4286],
    'UZ',
    '200100',
    names('Бухара', 'Bukhara', 'Buxoro'),
    names('Бухарская область', 'Bukhara Region', 'Buxoro viloyati'),
    ['бухоро'],
  ),
  city(
    'namangan',
    [40.9983, 71.6726],
    'UZ',
    '160100',
    names('Наманган', 'Namangan'),
    names('Наманганская область', 'Namangan Region', 'Namangan viloyati'),
  ),
  city(
    'andijan',
    [40.7821, 72.3442],
    'UZ',
    '170100',
    names('Андижан', 'Andijan', 'Andijon'),
    names('Андижанская область', 'Andijan Region', 'Andijon viloyati'),
    ['андижон'],
  ),
  city(
    'fergana',
    [40.3842, 71.7843],
    'UZ',
    '150100',
    names('Фергана', 'Fergana', "Farg'ona"),
    names('Ферганская область', 'Fergana Region', 'Fargʻona viloyati'),
    ['фарғона', 'фаргона'],
  ),
  city(
    'nukus',
    [42.4531, 59.6103],
    'UZ',
    '230100',
    names('Нукус', 'Nukus'),
    names('Республика Каракалпакстан', 'Republic of Karakalpakstan', 'Qoraqalpogʻiston Respublikasi'),
  ),
  city(
    'urgench',
    [41.5534, 60.6206],
    'UZ',
    '220100',
    names('Ургенч', 'Urgench', 'Urganch'),
    names('Хорезмская область', 'Khorezm Region', 'Xorazm viloyati'),
    ['урганч'],
  ),
  city('moscow', [55.755826, 37.6172999], 'RU', '101000', moscow, moscow, ['мск'], central),
  city(
    'petersburg',
    [59.9342802, 30.3350986],
    'RU',
    '190000',
    petersburg,
    petersburg,
    ['спб', 'с петербург', 'петербург', 'st petersburg'],
    northWest,
  ),
  city(
    'nizhny-novgorod',
    [56.3287, 44.0021],
    'RU',
    '603000',
    names('Нижний Новгород', 'Nizhny Novgorod'),
    names('Нижегородская область', 'Nizhny Novgorod Oblast'),
    ['н новгород'],
    volga,
  ),
  city(
    'kazan',
    [55.7887, 49.1221],
    'RU',
    '420000',
    names('Казань', 'Kazan'),
    names('Республика Татарстан', 'Tatarstan'),
    [],
    volga,
  ),
  city(
    'samara',
    [53.2001, 50.15],
    'RU',
    '443000',
    names('Самара', 'Samara'),
    names('Самарская область', 'Samara Oblast'),
    [],
    volga,
  ),
  city(
    'rostov',
    [47.2314, 39.7233],
    'RU',
    '344000',
    names('Ростов-на-Дону', 'Rostov-on-Don'),
    names('Ростовская область', 'Rostov Oblast'),
    [],
    south,
  ),
  city(
    'yekaterinburg',
    [56.8519, 60.6122],
    'RU',
    '620000',
    names('Екатеринбург', 'Yekaterinburg'),
    names('Свердловская область', 'Sverdlovsk Oblast'),
    ['екб'],
    ural,
  ),
  city(
    'novosibirsk',
    [55.0415, 82.9346],
    'RU',
    '630000',
    names('Новосибирск', 'Novosibirsk'),
    names('Новосибирская область', 'Novosibirsk Oblast'),
    [],
    siberia,
  ),
  city(
    'krasnoyarsk',
    [56.0184, 92.8672],
    'RU',
    '660000',
    names('Красноярск', 'Krasnoyarsk'),
    names('Красноярский край', 'Krasnoyarsk Krai'),
    [],
    siberia,
  ),
  city(
    'irkutsk',
    [52.2978, 104.2964],
    'RU',
    '664000',
    names('Иркутск', 'Irkutsk'),
    names('Иркутская область', 'Irkutsk Oblast'),
    [],
    siberia,
  ),
  city(
    'vladivostok',
    [43.1056, 131.8735],
    'RU',
    '690000',
    names('Владивосток', 'Vladivostok'),
    names('Приморский край', 'Primorsky Krai'),
    [],
    farEast,
  ),
  city(
    'almaty',
    [43.25, 76.9167],
    'KZ',
    '050000',
    names('Алматы', 'Almaty', 'Olmaota'),
    names('Алматы', 'Almaty'),
    ['алма ата'],
  ),
  city('astana', [51.1801, 71.446], 'KZ', '010000', names('Астана', 'Astana'), names('Астана', 'Astana')),
  city('bishkek', [42.87, 74.59], 'KG', '720000', names('Бишкек', 'Bishkek'), names('Бишкек', 'Bishkek')),
  city(
    'dushanbe',
    [38.5358, 68.7791],
    'TJ',
    '734000',
    names('Душанбе', 'Dushanbe'),
    names('Душанбе', 'Dushanbe'),
  ),
  city('london', [51.5074, -0.1278], 'GB', 'SW1A 1AA', names('Лондон', 'London'), england),
  city('birmingham', [52.4814, -1.8998], 'GB', 'B1 1AA', names('Бирмингем', 'Birmingham'), england),
  city('berlin', [52.52, 13.405], 'DE', '10115', names('Берлин', 'Berlin'), names('Берлин', 'Berlin')),
  city(
    'paris',
    [48.8566, 2.3522],
    'FR',
    '75001',
    names('Париж', 'Paris'),
    names('Иль-де-Франс', 'Île-de-France'),
  ),
  city(
    'istanbul',
    [41.0082, 28.9784],
    'TR',
    '34000',
    names('Стамбул', 'Istanbul'),
    names('Стамбул', 'Istanbul'),
  ),
  city('dubai', [25.2048, 55.2708], 'AE', '00000', names('Дубай', 'Dubai'), names('Дубай', 'Dubai')),
  city(
    'new-york',
    [40.7128, -74.006],
    'US',
    '10001',
    names('Нью-Йорк', 'New York'),
    names('Нью-Йорк', 'New York'),
  ),
  city(
    'los-angeles',
    [34.0522, -118.2437],
    'US',
    '90001',
    names('Лос-Анджелес', 'Los Angeles'),
    names('Калифорния', 'California'),
  ),
  city('tokyo', [35.6762, 139.6503], 'JP', '100-0001', names('Токио', 'Tokyo'), names('Токио', 'Tokyo')),
  city(
    'sydney',
    [-33.8688, 151.2093],
    'AU',
    '2000',
    names('Сидней', 'Sydney'),
    names('Новый Южный Уэльс', 'New South Wales'),
  ),
];
