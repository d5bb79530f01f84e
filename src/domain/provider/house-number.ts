import type { Token } from '../address/address-token.ts';
import { isEnglishType, isLetterPair } from '../address/address-vocabulary.ts';
import { canonicalAddress, canonicalTokens } from '../address/canonical-address.ts';
import { pointText } from '../address/point-text.ts';
import { describesType } from '../address/street-name.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** What the canonical text keeps of the words for a house. */
const HOUSE = words('house no n building bldg bino бино дв');
/** Numbered, and no houses. */
const BLOCK = words(
  'километр км сектор зона школа уч участок гск снт sektor maktab block sector zone route district line km',
);
/** Numbered behind the word alone: "55 Terminal Avenue" is a house. */
const TERMINALS = words('терминал terminal');
/** "ул. Набережная", "Xiyobon koʻchasi": types that are names of streets, too. Of lanes the number may be the name. */
const TYPES_FOR_NAMES = words(
  'набережная площадь бульвар аллея xiyoboni maydoni prospekti хиебони майдони проспекти',
);
/** Behind the name of an English street, beside the types that have short forms. */
const ENGLISH_ENDS = words('place pl court ct way close gardens mews row plaza broadway');

/** 13, 107б, 27/13, 12-1: up to four digits, five and six are postcodes. */
const NUMBER = /^\d{1,4}\p{L}?(?:[-/]\d{1,4}\p{L}?)*$/u;
/** Without the letters of ordinals: "3-е Почтовое". */
const LETTERED_NUMBER = /^\d{1,4}(?![емхю]$)\p{L}$/u;
/** "12/а", "12аб", "12а1": behind a street, and at the end. Latin letters may be a postcode's. */
const ODD_NUMBER = /^\d{1,4}(?:\/\p{L}|[а-я]{1,2})\d{0,3}$/u;
const LONG_NUMBER = /^\d{5}$/;
const FRACTION = /[-/]/;
const SHORT_LEAD = /^\d{1,3}\p{L}?$/u;
const LATIN = /^[a-z]/;
const COMMA = /,$/;

/** A word of the canonical text, and whether its comma stands behind it. */
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

/** "квартал" and "кв" of which nobody can tell whether it is a block or a flat. */
const isUnit = (word: Word | undefined): boolean =>
  word?.kind === 'unit' || word?.kind === 'kv' || word?.text === 'кв' || word?.text === 'kv';

const isHousehold = ({ text }: Word): boolean => text === 'xonadon' || text === 'хонадон';

/** English writes the number first; a street type that follows it makes even five digits a house. */
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

/** Whose the number is by the word before it: a house's, something else's, or undefined for nobody's. */
const ownerSays = (all: readonly Word[], at: number): boolean | undefined => {
  const [further, before] = [all[at - 2], all[at - 1]];
  if (before === undefined || before.comma) return undefined;
  if (before.kind === 'mark' || HOUSE.has(before.text)) return true;
  if (isUnit(before)) return leadsEnglishStreet(all, at);
  // "Yunusabad district, 5 Bobur street" is no district 5.
  if (BLOCK.has(before.text) && !isNumber(further))
    return before.text === 'district' && all[at]?.comma === false && leadsEnglishStreet(all, at);
  if (TERMINALS.has(before.text)) return false;
  if (before.kind !== 'type') return undefined;
  // "ул. Навои, 3-й тупик, 5": the lane has its number already.
  if (NUMBER.test(further?.text ?? '') && further?.comma === false) return true;
  if (further?.kind === 'type' && TYPES_FOR_NAMES.has((before.follows ? further : before).text)) return true;
  return before.follows ? isName(further) && further?.comma === false : describesType(further, before);
};

/**
 * The same by the word behind it. "12 офис" has no number of its own, "5 кв 12" is a house whichever of the two it is.
 */
const heirSays = (all: readonly Word[], at: number): boolean | undefined => {
  const next = all[at + 1];
  if (next === undefined || all[at]?.comma === true) return undefined;
  // "32 д 7 кв" is a house, with that letter or without.
  if (next.kind === 'mark' || isNumber(next) || next.text === "д'") return true;
  if (isUnit(next))
    return isNumber(all[at + 2]) || isHousehold(next) || (next.kind === 'unit' && !next.follows);
  return BLOCK.has(next.text) ? false : undefined;
};

/**
 * "ул. Мира, пер. Ленина 5 Москва", "ул. Навои Ташкент 5 Узбекистан": behind streets whose types stayed in front of
 * their names, and before none.
 */
const standsBehindStreets = (all: readonly Word[], at: number): boolean => {
  const streets = all.flatMap(({ kind }, index) => (kind === 'type' ? [index] : []));
  const isInPlace = streets.length > 1 || streets.some((index) => all[index]?.comma === false);
  return isInPlace && streets.every((index) => index < at - 1);
};

/** Right behind the street: "навои улица, 30 напротив рынка". */
const endsStreet = (all: readonly Word[], at: number): boolean => {
  const [name, type] = [all[at - 2], all[at - 1]];
  return type?.kind === 'type' && type.comma && name !== undefined && !name.comma;
};

/** "3А Гуляма улица" is no third street; "3 Гуляма улица" may be. */
const leadsStreetByLetter = (all: readonly Word[], at: number): boolean => {
  const rest = all.slice(at + 1);
  const type = rest.findIndex((word) => !isName(word));
  return LETTERED_NUMBER.test(all[at]?.text ?? '') && rest[type]?.kind === 'type';
};

/** "навои 12 аб": two letters of the house at the end. */
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
 * Does the address ask for a building, and not only for a street, a block or a town?
 * Decides when an answer is too coarse, so it says no to postcodes, ordinals ("1-я"), dates in names
 * ("ул. 8 Марта"), blocks ("5-kvartal"), flats and coordinates. It reads the canonical text, so that all spellings that
 * share an answer share the verdict on it. Never throws; a very long text counts by its first 1,000 characters.
 */
export const hasHouseNumber = (text: string): boolean => {
  const key = canonicalAddress(text.slice(0, 1000));
  if (pointText(key) !== undefined) return false;
  const all = wordsOf(key);
  return all.some((_, at) => isHouse(all, at));
};
