import fc from 'fast-check';

/** A specific building that a sibling service refers to. */
export type Building = {
  readonly tongue: keyof typeof tongues;
  readonly town: number;
  readonly street: number;
  readonly type: number;
  readonly number: number;
  readonly fraction: number;
  readonly letter: number;
  readonly part: number;
  readonly structure: number;
};

type Tongue = {
  /** Each inner list holds spellings of the same thing. */
  readonly towns: readonly (readonly string[])[];
  readonly streets: readonly (readonly string[])[];
  readonly types: readonly (readonly string[])[];
  readonly typeStands: 'either' | 'behind';
  readonly letters: readonly string[];
  readonly houses: readonly ((number: string) => string)[];
  readonly parts: readonly string[];
  readonly structures: readonly string[];
  readonly flats: readonly string[];
};

const russian: Tongue = {
  towns: [
    ['Москва', 'г. Москва', 'г.Москва', 'город Москва', 'Мск'],
    ['Санкт-Петербург', 'СПб', 'С.-Петербург', 'г. Санкт-Петербург'],
    ['Ташкент', 'г Ташкент', 'гор. Ташкент'],
    ['Нижний Новгород', 'Н. Новгород', 'г. Н.Новгород'],
  ],
  streets: [
    ['Тверская'],
    ['Мира'],
    ['8 Марта', '8-го Марта'],
    ['1-я Парковая', '1-ая Парковая', '1 Парковая'],
    ['2-я Парковая', '2 Парковая'],
    ['М. Горького'],
    ['60-летия Октября', '60 летия Октября'],
    ['Академика Королёва', 'Академика Королева'],
    ['1905 года'],
  ],
  types: [
    ['улица', 'ул.', 'ул'],
    ['проспект', 'пр-т', 'пр-кт', 'просп.'],
    ['переулок', 'пер.'],
    ['набережная', 'наб.'],
    ['бульвар', 'б-р', 'бул.'],
    ['шоссе', 'ш.'],
    ['проезд', 'пр-д'],
  ],
  typeStands: 'either',
  letters: ['', 'а', 'б', 'в', 'г', 'к'],
  houses: [
    (number) => number,
    (number) => `д. ${number}`,
    (number) => `д.${number}`,
    (number) => `дом № ${number}`,
    (number) => `д${number}`,
  ],
  parts: [', корп. ', ' корпус ', ' к. ', ' к ', ', к. ', 'к', 'к.'],
  structures: [', стр. ', ' строение ', ' с. ', ' стр ', ' с ', 'с', 'с.'],
  flats: [
    '',
    ', кв. 7',
    ' кв 3',
    ', квартира 5',
    ', оф. 301',
    ', 3 этаж',
    ', подъезд 2, кв. 9',
    ', кв. № 8',
    ', 7 кв.',
  ],
};

const latinUzbek: Tongue = {
  towns: [
    ['Toshkent', 'Toshkent shahri', 'Toshkent sh.'],
    ['Samarqand', 'Samarqand shahri'],
  ],
  streets: [
    ['Bobur'],
    ['Amir Temur'],
    ['Mirzo Ulugʻbek', 'Mirzo Ulug‘bek', 'Mirzo Ulug`bek'],
    ['8-mart', '8 mart'],
  ],
  types: [
    ['koʻchasi', "ko'cha", 'kuchasi', 'ko‘ch.'],
    ['shoh koʻchasi', "shohko'chasi", 'shox koʻchasi'],
    ['tor koʻchasi', 'torkoʻchasi'],
    ['xiyoboni'],
  ],
  typeStands: 'behind',
  letters: ['', 'a', 'b'],
  houses: [
    (number) => number,
    (number) => `${number}-uy`,
    (number) => `${number} uy`,
    (number) => `uy ${number}`,
    (number) => `uy-${number}`,
  ],
  parts: [],
  structures: [],
  flats: ['', ', 7-xonadon', ' 7-xonadon', ', xonadon 7', ', 3-qavat, 7-xonadon'],
};

const cyrillicUzbek: Tongue = {
  towns: [
    ['Тошкент', 'Тошкент шаҳри', 'Тошкент шахри', 'Тошкент ш.'],
    ['Самарқанд', 'Самарқанд шаҳри'],
  ],
  streets: [['Бобур'], ['Амир Темур'], ['Мирзо Улуғбек']],
  types: [
    ['кўчаси', 'кўча', 'кучаси'],
    ['шоҳ кўчаси', 'шоҳкўчаси', 'шох кучаси'],
    ['тор кўчаси', 'торкўчаси'],
  ],
  typeStands: 'behind',
  letters: ['', 'а', 'б'],
  houses: [
    (number) => number,
    (number) => `${number}-уй`,
    (number) => `${number} уй`,
    (number) => `уй ${number}`,
  ],
  parts: [],
  structures: [],
  flats: ['', ', 7-хонадон', ', хонадон 7', ', 3-қават, 7-хонадон'],
};

const tongues = { russian, latinUzbek, cyrillicUzbek };
const below = (list: readonly unknown[]): fc.Arbitrary<number> => fc.nat(Math.max(0, list.length - 1));
/** Mostly zero. */
const seldom = (value: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: value });
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

export const building: fc.Arbitrary<Building> = fc
  .constantFrom('russian' as const, 'latinUzbek' as const, 'cyrillicUzbek' as const)
  .chain((tongue) => {
    const { towns, streets, types, letters, parts, structures } = tongues[tongue];
    return fc.record({
      tongue: fc.constant(tongue),
      town: below(towns),
      street: below(streets),
      type: below(types),
      number: upTo(60),
      fraction: seldom(upTo(9)),
      letter: seldom(below(letters)),
      part: parts.length > 0 ? seldom(upTo(4)) : fc.constant(0),
      structure: structures.length > 0 ? seldom(upTo(4)) : fc.constant(0),
    });
  });

/** The address in one of the many ways people write it. `pick` chooses one of the given number of ways. */
export const spelled = (meant: Building, pick: (ways: number) => number): string => {
  const tongue = tongues[meant.tongue];
  const one = <T>(ways: readonly T[]): T => ways[pick(ways.length)]!;
  const type = one(tongue.types[meant.type]!);
  const name = one(tongue.streets[meant.street]!);
  const street = tongue.typeStands === 'either' && pick(2) === 0 ? `${type} ${name}` : `${name} ${type}`;
  const letter = tongue.letters[meant.letter]!;
  const written = one([letter, letter.toUpperCase()]);
  const fraction = meant.fraction === 0 ? '' : one(['/', ' / ']) + String(meant.fraction);
  const number = `${meant.number}${fraction}${letter === '' ? '' : one(['', '-']) + written}`;
  const part = meant.part === 0 ? '' : one(tongue.parts) + String(meant.part);
  const structure = meant.structure === 0 ? '' : one(tongue.structures) + String(meant.structure);
  const house = one(tongue.houses)(number);
  return `${one(tongue.towns[meant.town]!)}, ${street}${one([', ', ','])}${house}${part}${structure}${one(tongue.flats)}`;
};
