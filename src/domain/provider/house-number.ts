import type { Token } from '../address/address-token.ts';
import { isEnglishType, isLetterPair } from '../address/address-vocabulary.ts';
import { canonicalAddress, canonicalTokens } from '../address/canonical-address.ts';
import { pointText } from '../address/point-text.ts';
import { describesType } from '../address/street-name.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** Words for a house as they appear in the normalised text. */
const HOUSE = words('house no n building bldg bino бино дв');
/** Words for things that are numbered but are not houses. */
const BLOCK = words(
  'километр км сектор зона школа уч участок гск снт sektor maktab block sector zone route district line km',
);
/** Things whose number follows the word only: "55 Terminal Avenue" is a house. */
const TERMINALS = words('терминал terminal');
/**
 * Street types that also occur as street names ("ул. Набережная", "Xiyobon koʻchasi"). The number next to a lane may
 * instead be the lane's name.
 */
const TYPES_FOR_NAMES = words(
  'набережная площадь бульвар аллея xiyoboni maydoni prospekti хиебони майдони проспекти',
);
/** Words that end the name of an English street, in addition to the types that have abbreviations. */
const ENGLISH_ENDS = words('place pl court ct way close gardens mews row plaza broadway');

/** 13, 107б, 27/13, 12-1: up to four digits, because five and six are postcodes. */
const NUMBER = /^\d{1,4}\p{L}?(?:[-/]\d{1,4}\p{L}?)*$/u;
/** Excludes the letters of Russian ordinals: "3-е Почтовое". */
const LETTERED_NUMBER = /^\d{1,4}(?![емхю]$)\p{L}$/u;
/** "12/а", "12аб", "12а1": only behind a street and at the end. Latin letters may belong to a postcode. */
const ODD_NUMBER = /^\d{1,4}(?:\/\p{L}|[а-я]{1,2})\d{0,3}$/u;
const LONG_NUMBER = /^\d{5}$/;
const FRACTION = /[-/]/;
const SHORT_LEAD = /^\d{1,3}\p{L}?$/u;
const LATIN = /^[a-z]/;
const COMMA = /,$/;

/** A word of the normalised text, and whether a comma follows it. */
type Word = Pick<Token, 'kind' | 'follows'> & { readonly text: string; readonly comma: boolean };

const wordsOf = (key: string): readonly Word[] =>
  canonicalTokens(key).map(({ kind, follows, text }) => ({
    kind,
    follows,
    text: text.replace(COMMA, ''),
    comma: COMMA.test(text),
  }));

const isName = (word: Word | undefined): boolean =>
  word !== undefined && (word.kind === 'word' || word.kind === 'letter');

const isNumber = (word: Word | undefined): boolean => word?.kind === 'number';

/** Includes "квартал" and "кв", which may mean a block or a flat. */
const isUnit = (word: Word | undefined): boolean =>
  word?.kind === 'unit' || word?.kind === 'kv' || word?.text === 'кв' || word?.text === 'kv';

const isHousehold = ({ text }: Word): boolean => text === 'xonadon' || text === 'хонадон';

/** In English addresses the number comes first; a street type behind it makes even five digits a house number. */
const leadsEnglishStreet = (all: readonly Word[], at: number): boolean => {
  const rest = all.slice(at + 1);
  const type = rest.findIndex(({ kind, text }) => kind === 'type' || ENGLISH_ENDS.has(text));
  const ends = rest[type];
  if (ends !== undefined && (isEnglishType(ends.text) || ENGLISH_ENDS.has(ends.text)))
    return rest.slice(0, type).every(({ comma }) => !comma);
  return (
    ends === undefined && at === 0 && SHORT_LEAD.test(all[at]?.text ?? '') && LATIN.test(rest[0]?.text ?? '')
  );
};

/** What the preceding word says about the number: true for a house, false for something else, undefined for neither. */
const ownerSays = (all: readonly Word[], at: number): boolean | undefined => {
  const [further, before] = [all[at - 2], all[at - 1]];
  if (before === undefined || before.comma) return undefined;
  if (before.kind === 'mark' || HOUSE.has(before.text)) return true;
  if (isUnit(before)) return leadsEnglishStreet(all, at);
  // In "Yunusabad district, 5 Bobur street" the number belongs to the street.
  if (BLOCK.has(before.text) && !isNumber(further))
    return before.text === 'district' && all[at]?.comma === false && leadsEnglishStreet(all, at);
  if (TERMINALS.has(before.text)) return false;
  if (before.kind !== 'type') return undefined;
  // "ул. Навои, 3-й тупик, 5": the lane has its own number already, so this is the house.
  if (NUMBER.test(further?.text ?? '') && further?.comma === false) return true;
  if (further?.kind === 'type' && TYPES_FOR_NAMES.has((before.follows ? further : before).text)) return true;
  return before.follows ? isName(further) && further?.comma === false : describesType(further, before);
};

/**
 * What the following word says about the number. In "12 офис" the word has no number of its own; in "5 кв 12" the 5 is
 * a house whether "кв" means block or flat.
 */
const heirSays = (all: readonly Word[], at: number): boolean | undefined => {
  const next = all[at + 1];
  if (next === undefined || all[at]?.comma === true) return undefined;
  // "32 д 7 кв" contains a house, whether or not "д" is its letter.
  if (next.kind === 'mark' || isNumber(next) || next.text === "д'") return true;
  if (isUnit(next))
    return isNumber(all[at + 2]) || isHousehold(next) || (next.kind === 'unit' && !next.follows);
  return BLOCK.has(next.text) ? false : undefined;
};

/**
 * The number stands behind all streets, whose types precede their names: "ул. Мира, пер. Ленина 5 Москва", "ул. Навои
 * Ташкент 5 Узбекистан".
 */
const standsBehindStreets = (all: readonly Word[], at: number): boolean => {
  const streets = all.flatMap(({ kind }, index) => (kind === 'type' ? [index] : []));
  const isInPlace = streets.length > 1 || streets.some((index) => all[index]?.comma === false);
  return isInPlace && streets.every((index) => index < at - 1);
};

/** The number directly follows the street: "навои улица, 30 напротив рынка". */
const endsStreet = (all: readonly Word[], at: number): boolean => {
  const [name, type] = [all[at - 2], all[at - 1]];
  return type?.kind === 'type' && type.comma && name !== undefined && !name.comma;
};

/**
 * "3А Гуляма улица" begins with a house, since no street is called "3А"; in "3 Гуляма улица" the 3 may be part of the
 * name.
 */
const leadsStreetByLetter = (all: readonly Word[], at: number): boolean => {
  const rest = all.slice(at + 1);
  const type = rest.findIndex((word) => !isName(word));
  return LETTERED_NUMBER.test(all[at]?.text ?? '') && rest[type]?.kind === 'type';
};

/** Two letters of the house at the end: "навои 12 аб". */
const endsInLetters = (all: readonly Word[], at: number): boolean =>
  at + 2 === all.length && isLetterPair(all[at + 1]?.text ?? '');

const isHouse = (all: readonly Word[], at: number): boolean => {
  const word = all[at];
  if (word?.kind === 'code')
    return ODD_NUMBER.test(word.text) && (endsStreet(all, at) || (at > 0 && at + 1 === all.length));
  if (word?.kind !== 'number') return false;
  if (LONG_NUMBER.test(word.text)) return at === 0 && all.length > 2 && leadsEnglishStreet(all, at);
  if (!NUMBER.test(word.text)) return false;
  const said = ownerSays(all, at) ?? heirSays(all, at);
  if (said !== undefined) return said;
  if (at + 1 === all.length || endsInLetters(all, at)) return at > 0 || FRACTION.test(word.text);
  return (
    word.comma ||
    FRACTION.test(word.text) ||
    leadsStreetByLetter(all, at) ||
    endsStreet(all, at) ||
    leadsEnglishStreet(all, at) ||
    standsBehindStreets(all, at)
  );
};

/**
 * Whether the address names a building, and not just a street, a block or a town. This decides when an answer is too
 * coarse, so it is false for postcodes, ordinals ("1-я"), dates in names ("ул. 8 Марта"), blocks ("5-kvartal"), flats
 * and coordinates. It reads the normalised text, so that all spellings that share an answer share this verdict. Never
 * throws; only the first 1,000 characters count.
 */
export const hasHouseNumber = (text: string): boolean => {
  const key = canonicalAddress(text.slice(0, 1000));
  if (pointText(key) !== undefined) return false;
  const all = wordsOf(key);
  return all.some((_, at) => isHouse(all, at));
};
