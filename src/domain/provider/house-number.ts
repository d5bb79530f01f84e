import { uniformText } from '../cache/address-text.ts';
import { meaningOf, spellingsOf } from '../cache/address-vocabulary.ts';
import { pointText } from '../cache/point-text.ts';

/** Words are compared as `uniformText` leaves them: without case, ё or the variants of the apostrophe. */
const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const HOUSE = words(
  'д дом вл влад влд владение дв двлд домовладение домовл зд здание uy уй house no n building bldg bino бино',
);
const PART = words('к кор корп корпус с стр строение лит литер литера соор сооружение korpus korp');
const UNIT: ReadonlySet<string> = new Set(spellingsOf('unit', 'kv'));
const BLOCK = words(
  'кв-л квартал мкр мкрн мкр-н м-н микрорайон массив линия км километр сектор зона район школа метро уч участок гск снт ' +
    'kvartal mavze мавзе daha даха massiv dahasi kv-l km sektor maktab block sector zone route highway hwy district line',
);
const TYPE_BEFORE = words(
  'ул улица пр-т пр-кт просп проспект пр пер переулок пл площадь наб набережная б-р бул бульвар ш шоссе пр-д проезд ' +
    'туп тупик ал алл аллея ulitsa prospekt',
);
const TYPE_AFTER = words(
  "ko'chasi kuchasi kochasi ko'cha kocha кўчаси кучаси кўча berk xiyoboni xiyobon maydoni maydon майдони хиебони " +
    'street st avenue ave road rd square sq lane ln drive dr ' +
    'boulevard blvd place pl court ct terrace way close crescent gardens mews row plaza parkway pkwy broadway',
);

/** 13, 107б, 32-а (but not the ordinal 1-я), 27/13, 27/13-е, 12-1, 12к1: up to four digits, five and six are postcodes. */
const NUMBER =
  /^\d{1,4}(?:[a-zа-я]|-[a-zабвгджзиклнпрстуфцчшщэ])?(?:[-/]\d{1,4}(?:[a-zа-я]|-[a-zа-я])?)*(?:-?(?:к|k|корп|с|стр)\d{1,3})*$/;
/** "29 а-уй": the letter is the number's. */
const LETTER_HOUSE_WORD = /^[a-zа-я]-(?:uy|уй|дом)$/;
/** "27 а/13", "12 Бк1с2" */
const LETTER_AND_NUMBER = /^[a-zа-я](?:[/кс]\d{1,4})+$/;
const WITH_HOUSE_WORD =
  /^(?:(?:д|дом|вл|влад|зд|к|корп|стр|uy)-?\d{1,4}[a-zа-я]?(?:[-/]?[a-zа-я0-9]{0,4}(?:-[a-zа-я])?)?|\d{1,4}(?:-?[a-zа-я])?(?:\/\d{1,4})?(?:-?[a-zа-я])?-?(?:uy|уй|дом))$/;
/** "д53/2-к1": the word goes, a number stays. */
const GLUED_HOUSE_WORD = /^(?:дом|д|влад|вл|зд|uy)-?(?=\d)/;
/** "с1" behind a number and its letter. */
const GLUED_PART = /^(?:корп|к|k|стр|с)-?\d{1,3}/;
/** 7-xonadon */
const UNIT_BEHIND = /^\d+-(.+)$/;
/** кв5 */
const UNIT_BEFORE = /^(\p{L}+)-?\d/u;
const UP_TO_FOUR_DIGITS = /^\d{1,4}(?!\d)/;
const LONG_NUMBER = /^\d{5}$/;
const TOKEN = /\d+\.\d+|[\p{L}\p{M}\p{N}'/-]+/gu;
/** "12 3-й этаж": of the unit behind it. */
const ORDINAL = /^\d+-\p{L}{1,2}$/u;
/** "32-е" at the end of its part is a house, elsewhere an ordinal. */
const DOUBTFUL = /^\d{1,4}-[ехмю]$/;
const STARTS_WITH_DIGIT = /^\d/;
const PLAIN_NUMBER = /^\d+$/;
const LETTER = /^[a-zа-я]$/;
const LATIN = /^[a-z]/;

const inSet = (set: ReadonlySet<string>, token: string | undefined): boolean =>
  token !== undefined && set.has(token);

/** English writes the number first; a street type that follows it makes even five digits a house. */
const leadsEnglishStreet = (tokens: readonly string[], at: number): boolean => {
  const next = tokens[at + 1];
  if (next === undefined || (!LATIN.test(next) && !/^\d+(?:st|nd|rd|th)$/.test(next))) return false;
  const rest = tokens.slice(at + 1);
  if (rest.some((token) => LATIN.test(token) && /chasi|ko'?cha|xiyobon|maydon/.test(token))) return false;
  if (rest.some((token) => TYPE_AFTER.has(token))) return true;
  return at === 0 && (tokens[at] ?? '').length <= 3;
};

/** "ул. 13": a street type straight before the number names a street unless a name stands before the type. */
const endsNamedStreet = (tokens: readonly string[], at: number): boolean =>
  !inSet(TYPE_BEFORE, tokens[at - 1]) || at >= 2;

/** A number inside a run of words: "ул. Ленина 5 Москва" has a house, "ул. 8 Марта" has none. */
const standsAfterStreet = (tokens: readonly string[], at: number): boolean => {
  if (inSet(TYPE_AFTER, tokens[at - 1])) return at >= 2;
  const type = tokens.findIndex((token) => TYPE_BEFORE.has(token));
  return type >= 0 && type < at - 1;
};

const hasHouseWord = (token: string): boolean =>
  GLUED_HOUSE_WORD.test(token) && NUMBER.test(token.replace(GLUED_HOUSE_WORD, ''));

const isPart = (token: string): boolean => PART.has(token) || GLUED_PART.test(token);

const isUnit = (token: string): boolean =>
  inSet(UNIT, token) || [UNIT_BEHIND, UNIT_BEFORE].some((glued) => inSet(UNIT, glued.exec(token)?.[1]));

/** "3 этаж", "5 кв": the number before them may be theirs. */
const mayStandBehindNumber = (unit: string): boolean =>
  meaningOf(unit)?.kind === 'kv' || meaningOf(unit)?.follows === true;

/** "3-й этаж", "7 кв", "кв 5", "офис", "7-xonadon", but no "кв" without a number of its own. */
const beginsUnit = (tokens: readonly string[], at: number): boolean => {
  const token = tokens[at] ?? '';
  if (inSet(UNIT, token) && mayStandBehindNumber(token)) return STARTS_WITH_DIGIT.test(tokens[at + 1] ?? '');
  const unit = tokens[at + 1] ?? '';
  if (PLAIN_NUMBER.test(token)) return inSet(UNIT, unit) && mayStandBehindNumber(unit);
  return isUnit(token) || (ORDINAL.test(token) && inSet(UNIT, unit));
};

/** What may stand behind the letter of a house: "32 а", "32 а кв 3", "32 а дом". */
const endsHouse = (tokens: readonly string[], at: number): boolean => {
  const token = tokens[at];
  return token === undefined || beginsUnit(tokens, at) || isPart(token) || inSet(HOUSE, token);
};

/** "квартал 12" is a block; in "9 квартал 12" it has its number already, and 12 is a house. */
const isBlocks = (tokens: readonly string[], at: number): boolean =>
  inSet(BLOCK, tokens[at - 1]) && !UP_TO_FOUR_DIGITS.test(tokens[at - 2] ?? '');

/** "кв 12"; in "2nd floor 12" the unit has its number already. */
const isUnits = (tokens: readonly string[], at: number): boolean =>
  inSet(UNIT, tokens[at - 1]) && !/^\d+-?\p{L}/u.test(tokens[at - 2] ?? '');

const namesType = (token: string): boolean => TYPE_BEFORE.has(token) || TYPE_AFTER.has(token);

/** "ул. Навои, 30 напротив рынка": the street has its name already. */
const followsStreet = (tokens: readonly string[], at: number, before: readonly string[]): boolean =>
  at === 0 && before.length > 1 && before.some(namesType) && !tokens.some(namesType);

/** `before`: the part in front of the one that is read. */
const isHouse = (
  tokens: readonly string[],
  at: number,
  before: readonly string[],
  segments: number,
): boolean => {
  const token = tokens[at] ?? '';
  const previous = tokens[at - 1];
  const next = tokens[at + 1];
  if (WITH_HOUSE_WORD.test(token) || hasHouseWord(token)) return true;
  if (LONG_NUMBER.test(token)) return at === 0 && tokens.length > 2 && leadsEnglishStreet(tokens, at);
  // "д. 64-е" is a house's letter, where "64-е" alone would be an ordinal.
  if (inSet(HOUSE, previous) && UP_TO_FOUR_DIGITS.test(token)) return true;
  if (!NUMBER.test(token) && !(next === undefined && DOUBTFUL.test(token))) return false;
  if (inSet(PART, previous) || inSet(HOUSE, next)) return true;
  if (isBlocks(tokens, at) || isUnits(tokens, at) || inSet(BLOCK, next)) return false;
  if (next === undefined) return previous === undefined ? segments > 1 : endsNamedStreet(tokens, at);
  if (isPart(next) || beginsUnit(tokens, at + 1) || PLAIN_NUMBER.test(next)) return true;
  if (LETTER_HOUSE_WORD.test(next) || LETTER_AND_NUMBER.test(next)) return true;
  if (LETTER.test(next) && endsHouse(tokens, at + 2)) return endsNamedStreet(tokens, at);
  if (inSet(TYPE_BEFORE, next)) return at === 0 && at + 2 < tokens.length;
  return leadsEnglishStreet(tokens, at) || standsAfterStreet(tokens, at) || followsStreet(tokens, at, before);
};

/**
 * Does the address ask for a building, and not only for a street, a block or a town?
 * Decides when an answer is too coarse, so it says no to postcodes, ordinals ("1-я"), dates in names
 * ("ул. 8 Марта"), blocks ("5-kvartal"), flats and coordinates. Never throws; a very long text counts by its first 1,000 characters.
 */
export const hasHouseNumber = (text: string): boolean => {
  if (pointText(text) !== undefined) return false;
  const segments = uniformText(text.slice(0, 1000))
    .split(/[,;:\n()[\]{}]/)
    .map((segment) => segment.match(TOKEN) ?? [])
    .filter((tokens) => tokens.length > 0);
  return segments.some((tokens, index) =>
    tokens.some((_, at) => isHouse(tokens, at, segments[index - 1] ?? [], segments.length)),
  );
};
