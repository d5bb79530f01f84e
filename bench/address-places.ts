import { seededRandom, type SeededRandom } from './seeded-random.ts';

/** Three spellings of one building, all different as strings. */
export type Spellings = readonly [string, string, string];

/** One part of an address in the ways people write it; the first is the standard one. */
type Ways = readonly string[];
type Place = { readonly id: string; readonly parts: readonly Ways[]; readonly unit: Ways };

const RUSSIAN_CITIES: readonly Ways[] = [
  ['Москва', 'мск'],
  ['Санкт-Петербург', 'СПб', 'С.-Петербург', 'Санкт Петербург'],
  ['Нижний Новгород', 'Н. Новгород', 'Н.Новгород'],
  ['Ростов-на-Дону', 'Ростов н/Д'],
  ['Королёв', 'Королев'],
  ...'Казань Самара Омск Уфа Пермь Воронеж Волгоград Саратов Тюмень Ижевск Барнаул Томск Тула Киров Рязань Химки'
    .split(' ')
    .map((city) => [city]),
];
const UZBEK_CITIES_IN_RUSSIAN =
  'Ташкент Самарканд Бухара Наманган Андижан Фергана Карши Нукус Термез Ургенч Джизак Навои Коканд Чирчик'.split(
    ' ',
  );
const UZBEK_CITIES =
  'Toshkent Samarqand Buxoro Namangan Andijon Fargʻona Qarshi Nukus Termiz Urganch Jizzax Qoʻqon Margʻilon'.split(
    ' ',
  );

const NAMES: readonly Ways[] = [
  ...'Ленина Мира Победы Гагарина Пушкина Чехова Толстого Жукова Кирова Навои Бабура Хамзы Космонавтов Строителей'
    .split(' ')
    .map((name) => [name]),
  ['Королёва', 'Королева'],
  ['Решётникова', 'Решетникова'],
  ['8 Марта', '8-го Марта', '8-е Марта'],
  ['Амира Темура'],
  ['Шота Руставели'],
  ['Юрия Гагарина'],
];
const STEMS =
  'Садов Школьн Центральн Молодёжн Берёзов Парков Заречн Рабоч Нагорн Солнечн Тверск Невск Волжск'.split(' ');
const FEMININE: readonly Ways[] = [
  ['улица', 'ул.', 'ул'],
  ['набережная', 'наб.'],
];
const MASCULINE: readonly Ways[] = [
  ['проспект', 'пр-т', 'пр-кт', 'просп.'],
  ['переулок', 'пер.', 'пер'],
  ['бульвар', 'б-р'],
  ['проезд', 'пр-д'],
];
const NEUTER: Ways = ['шоссе', 'ш.'];

const UZBEK_NAMES =
  'Bobur|Amir Temur|Alisher Navoiy|Mustaqillik|Oʻzbekiston|Istiqlol|Mirzo Ulugʻbek|Beruniy|Ibn Sino|Gʻafur Gʻulom|' +
  'Bunyodkor|Shota Rustaveli|Yunus Rajabiy|Oʻqituvchilar|Bogʻishamol|Doʻstlik|Chexov|Farobiy|Nurafshon|Furqat';
const UZBEK_TYPES: readonly Ways[] = [
  ['koʻchasi', 'kuchasi', 'koʻcha'],
  ['shoh koʻchasi', 'shoh kuchasi', 'shohkoʻchasi'],
  ['tor koʻchasi', 'torkoʻchasi'],
];

const RUSSIAN_UNITS: Ways = [
  '',
  ', кв. 45',
  ', квартира 7',
  ', оф. 12',
  ', 2 подъезд, эт. 3',
  ', пом. II',
  ' кв 3',
];
const UZBEK_UNITS: Ways = ['', ', 7-xonadon', ', xonadon 12', ', 2-qavat'];

/** Type before or after the name: both orders mean the same. */
const bothOrders = (types: Ways, names: Ways): Ways =>
  types.flatMap((type) => names.flatMap((name) => [`${type} ${name}`, `${name} ${type}`]));

const withoutYo = (name: string): Ways => (name.includes('ё') ? [name, name.replaceAll('ё', 'е')] : [name]);

const adjective = (stem: string, endings: readonly [soft: string, hard: string]): Ways =>
  withoutYo(stem + (/[кчщ]$/.test(stem) ? endings[0] : endings[1]));

const russianStreet = (random: SeededRandom): Ways => {
  if (random.next() < 0.5) {
    return bothOrders(random.pick([...FEMININE, ...MASCULINE, NEUTER]), random.pick(NAMES));
  }
  const stem = random.pick(STEMS);
  const kind = random.below(3);
  if (kind === 0) return bothOrders(random.pick(FEMININE), adjective(stem, ['ая', 'ая']));
  if (kind === 1) return bothOrders(random.pick(MASCULINE), adjective(stem, ['ий', 'ый']));
  return bothOrders(NEUTER, adjective(stem, [stem.endsWith('ч') ? 'ее' : 'ое', 'ое']));
};

const russianHouse = (random: SeededRandom): Ways => {
  const number = 1 + random.below(120);
  const kind = random.next();
  const before = (rest: string): Ways => [
    `${number}${rest}`,
    `д. ${number}${rest}`,
    `дом № ${number}${rest}`,
  ];
  if (kind < 0.7) return [...before(''), `д${number}`];
  if (kind < 0.8) {
    const letter = random.pick(['А', 'Б', 'В', 'Г', 'Е', 'К']);
    return [...before(letter), `${number} ${letter.toLowerCase()}`, `д. ${number}-${letter}`];
  }
  const other = 1 + random.below(9);
  if (kind < 0.87) return [...before(`/${other}`), `${number} / ${other}`];
  if (kind < 0.95) return [...before(` корп. ${other}`), `${number}к${other}`, `${number}, корпус ${other}`];
  return [...before(` стр. ${other}`), `${number}с${other}`, `${number}, строение ${other}`];
};

const russianCity = (names: Ways): Ways =>
  names.flatMap((name) => [name, `г. ${name}`, `город ${name}`, `${name} г`]);

const russianPlace = (random: SeededRandom): Place => {
  const city = random.next() < 0.7 ? random.pick(RUSSIAN_CITIES) : [random.pick(UZBEK_CITIES_IN_RUSSIAN)];
  const parts = [russianCity(city), russianStreet(random), russianHouse(random)];
  return { id: parts.map(([plain]) => plain).join('|'), parts, unit: RUSSIAN_UNITS };
};

const uzbekStreet = (random: SeededRandom): Ways => {
  if (random.next() < 0.8) {
    const name = random.pick(UZBEK_NAMES.split('|'));
    return random.pick(UZBEK_TYPES).map((type) => `${name} ${type}`);
  }
  const area = random.pick(['Chilonzor', 'Yunusobod']);
  const block = 1 + random.below(24);
  return [`${area} ${block}-kvartal`, `${area}, ${block} kvartal`, `${area} ${block}-kv-l`];
};

const uzbekPlace = (random: SeededRandom): Place => {
  const city = random.pick(UZBEK_CITIES);
  const number = 1 + random.below(150);
  const houses = [`${number}`, `${number}-uy`, `uy ${number}`, `${number} uy`];
  const parts = [[city, `${city} shahri`], uzbekStreet(random), houses];
  return { id: parts.map(([plain]) => plain).join('|'), parts, unit: UZBEK_UNITS };
};

/** Changes that keyboards, forms and spreadsheets make to a text without changing the place. */
const NOISES: readonly ((text: string, random: SeededRandom) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize('NFD'),
  (text) => text.replaceAll(', ', ' ,  '),
  (text) => text.replaceAll(', ', ','),
  (text) => ` ${text.replace(' ', '\u00A0')} `,
  (text) => text.replace(' ', '\u200B '),
  (text, random) => text.replaceAll('ʻ', random.pick(["'", '‘', '’', '`', 'ʼ', '´'])),
];

const spell = (place: Place, random: SeededRandom): string => {
  const parts = place.parts.map((ways) => random.pick(ways));
  return random.pick(NOISES)(parts.join(', ') + random.pick(place.unit), random);
};

const spellingsOf = (place: Place, random: SeededRandom): Spellings => {
  const plain = place.parts.map(([way]) => way).join(', ');
  const others = new Set<string>();
  while (others.size < 2) {
    const spelling = spell(place, random);
    if (spelling !== plain) others.add(spelling);
  }
  const [second = plain, third = plain] = others;
  return [plain, second, third];
};

/**
 * A number of different buildings in Russian and Uzbek towns; the index is the place's id. The same seed always gives
 * the same.
 */
export const addressPlaces = (seed: number, count: number): readonly Spellings[] => {
  const random = seededRandom(seed);
  const known = new Set<string>();
  const places: Spellings[] = [];
  while (places.length < count) {
    const place = random.next() < 0.7 ? russianPlace(random) : uzbekPlace(random);
    if (known.has(place.id)) continue;
    known.add(place.id);
    places.push(spellingsOf(place, random));
  }
  return places;
};
