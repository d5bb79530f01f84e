/**
 * The role of a word in an address. `type`: a street type (улица, koʻchasi, street). `house`: дом, uy. `mark`: a part
 * of a building (корпус, строение). `unit`: офис, xonadon. `kv`: a flat or a block, depending on the context. `block`:
 * квартал, mavze. `city`: город. `suffix`: shahri, behind its town. `st`: street or saint. `wide`: shoh, tor, before
 * koʻchasi.
 */
export type WordKind =
  'type' | 'house' | 'mark' | 'unit' | 'kv' | 'block' | 'city' | 'suffix' | 'st' | 'wide' | 'word';

/** `follows`: a street type that stands after the name, or a unit whose number may precede it ("3 этаж"). */
export type Meaning = { readonly kind: WordKind; readonly text: string; readonly follows: boolean };

const vocabulary = new Map<string, Meaning>();

/** Each line has the canonical word first, then its other spellings. */
const add = (kind: WordKind, follows: boolean, ...lines: readonly string[]): void => {
  for (const line of lines) {
    const spellings = line.split(' ');
    for (const spelling of spellings) vocabulary.set(spelling, { kind, text: spellings[0] ?? '', follows });
  }
};

add(
  'type',
  false,
  'улица ул',
  'проспект просп пр-т пр-кт',
  'переулок пер',
  'площадь пл площ пл-дь',
  'набережная наб наб-я',
  'бульвар б-р бул бульв',
  'проезд пр-д пр-зд',
  'тупик туп',
  'шоссе шос',
  'аллея ал алл',
  'ulitsa ul',
);
add(
  'type',
  true,
  "ko'chasi ko'cha ko'ch k-si kuchasi kucha kochasi kocha",
  "shoh-ko'chasi shohko'chasi shohko'cha shohkuchasi shohkochasi shoxko'chasi shoxkochasi",
  "tor-ko'chasi torko'chasi torko'cha torkuchasi torkochasi",
  "berk-ko'chasi berkko'chasi berkko'cha berkkuchasi berkkochasi",
  'xiyoboni xiyobon',
  'maydoni maydon',
  'prospekti prospekt prosp pr-t pr-kt pr-ti',
  'кўчаси кўча кўч к-си кучаси куча кочаси',
  'шоҳ-кўчаси шоҳкўчаси шоҳкўча шохкучаси шохкўчаси',
  'тор-кўчаси торкўчаси торкўча торкучаси',
  'берк-кўчаси берккўчаси берккўча',
  'хиебони хиебон',
  'майдони',
  'проспекти',
  'көшесі көше көш к-сі',
  'даңғылы даңғыл даңғ даң',
  'тұйығы тұйық',
  'алаңы',
);
const ENGLISH_TYPES = [
  'street',
  'avenue ave av',
  'road rd',
  'square sq',
  'lane ln',
  'boulevard blvd',
  'drive dr',
  'crescent cres',
  'terrace ter',
  'parkway pkwy',
  'highway hwy',
];
add('type', true, ...ENGLISH_TYPES);
add('st', true, 'st');
add('wide', false, 'shoh shox', 'tor', 'berk', 'шоҳ шох', 'тор', 'берк');
add('house', false, 'дом', 'dom');
add('house', true, 'uy', 'уй', 'үй');
add(
  'mark',
  false,
  'корп корпус кор korpus korp',
  'стр строение строен',
  'лит литера литер',
  'вл влад влд владение',
);
add('mark', false, 'двлд домовладение домовл д/вл', 'соор сооружение сооруж', 'зд здание');
// Only the short forms are ambiguous: the full words are blocks, and are added below.
add('kv', false, 'квартал кв', 'kvartal kv');
add('unit', false, 'квартира кв-ра', 'kvartira', 'офис оф', 'ofis', 'помещение пом помещ');
add('unit', false, 'комната комн ком', 'кабинет каб', 'апартаменты апарт');
add('unit', false, 'flat', 'apartment apt', 'suite ste', 'unit', 'room', 'office');
add('unit', true, 'этаж эт', "подъезд подьезд под под'езд", 'хонадон', 'хона', 'қават кават', 'кириш');
add('unit', true, 'парадная', 'парадное', 'пәтер', 'қабат', 'кіреберіс');
add('unit', true, 'xonadon', 'xona', 'qavat', 'kirish', "podyezd pod'yezd pod'ezd", 'etaj etazh', 'floor');
add(
  'block',
  true,
  'квартал кв-л кварт',
  'микрорайон мкр мкрн мкр-н м-н м/н микр м-р м/р мк-р',
  'массив м-в массиви ж/м жилмассив',
  'мавзе мавзеси',
  'даҳа даха даҳаси',
  'ықшамаудан ықшамауданы ы/а',
  'шағынаудан шағынауданы ш/а',
);
add(
  'block',
  true,
  'kvartal kvartali kv-l',
  'mikrorayon mikrorayoni mkr',
  'mavze mavzesi',
  'daha dahasi',
  'massiv massivi',
  'линия лин',
);
add('city', false, 'город гор', 'gorod');
add('suffix', true, 'shahri', 'шаҳри шахри', 'қаласы');
add('word', false, 'область обл', 'район р-н р-он', 'республика респ');
add('word', false, 'поселок пос', 'деревня дер', 'село', 'хутор хут', 'shahar', 'шаҳар шахар');
add(
  'word',
  false,
  'viloyati viloyat vil',
  'tumani tuman tum',
  'вилояти вилоят вил',
  'тумани туман тум',
  'ауданы аудан',
  'километр км',
  'saint',
);
add('word', false, 'станица ст-ца', 'mahallasi mahalla mah', 'маҳалласи маҳалла махалласи');
add('word', false, 'махалля мах', 'участок уч уч-к', 'блок бл');
// These are street types as well, but are not needed to recognise the order of English addresses. "Ct", "Pl" and "Cl"
// are left out because they may mean Connecticut, Poland and Chile.
add(
  'word',
  false,
  'gardens gdns',
  'circle cir',
  'grove grv',
  'trail trl',
  'building bldg bld',
  'district dist',
);
add('word', false, 'санкт-петербург спб с-петербург с-пб санктпетербург', 'москва мск', 'екатеринбург екб');
add('word', false, 'ростов-на-дону ростов-н/д ростов-н/дону ростов-н-д', 'россия рф', 'узбекистан руз');

/** Every spelling of the words of these kinds. */
export const spellingsOf = (...kinds: readonly WordKind[]): readonly string[] =>
  [...vocabulary].flatMap(([spelling, { kind }]) => (kinds.includes(kind) ? [spelling] : []));

const ENGLISH = new Set(['st', ...ENGLISH_TYPES.map((line) => line.split(' ')[0])]);
/** Tests the canonical word. "st" may be street or saint. */
export const isEnglishType = (word: string): boolean => ENGLISH.has(word);

export const meaningOf = (word: string): Meaning | undefined => vocabulary.get(word);

/** корпус, строение, блок: parts of a building. */
export const isPartWord = (word: string): boolean =>
  word === 'блок' || word === 'blok' || vocabulary.get(word)?.kind === 'mark';

/** The largest number of words in the name of a street, including its type. */
export const LONGEST_NAME = 8;

const NUMBERED_NAMES = new Set(
  'января февраля марта апреля мая июня июля августа сентября октября ноября декабря года лет летия съезда партсъезда'.split(
    ' ',
  ),
);
/** "8 Марта", "1905 года", "50 лет Октября": words after which the preceding number is part of a name. */
export const isOfNumberedName = (word: string): boolean => NUMBERED_NAMES.has(word);

/** Endings of ordinals: 1-я, 8-го, 2-ой, 5-chi. Several letters are never a house letter. */
const ORDINAL_ENDINGS = new Set(
  'й ый ий ой я ая ья ое ье го ого его му ому ым ых ую ми ти chi nchi inchi чи нчи инчи'.split(' '),
);
/** Single letters that are an ordinal ending before a name ("3-е Почтовое"), and a house letter elsewhere ("32-е"). */
const DOUBTFUL_ENDINGS = new Set('е м х ю'.split(' '));

export const isOrdinalEnding = (ending: string, beforeName: boolean): boolean =>
  ORDINAL_ENDINGS.has(ending) || (beforeName && DOUBTFUL_ENDINGS.has(ending));

/** "12аб" equals "12 АБ", "31км" equals "31 км". Not for Latin letters, which may belong to a postcode. */
export const isLetterPair = (word: string): boolean => /^[а-я]{2}$/.test(word);

const SETTLEMENTS: ReadonlyMap<string, string> = new Map([
  ['д', 'деревня'],
  ['с', 'село'],
  ['п', 'поселок'],
  ['х', 'хутор'],
]);
/** Kinds of settlement that a single letter abbreviates, as in "д. Ивановка". */
export const settlementOf = (letter: string): string | undefined => SETTLEMENTS.get(letter);

/** Single letters that abbreviate an address word if the following words confirm it. */
export const isPlaceLetter = (letter: string): boolean => 'гсдпх'.includes(letter);

export const isCompassLetter = (letter: string): boolean => 'nsew'.includes(letter);
