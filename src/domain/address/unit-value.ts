import type { Token } from './address-token.ts';

/** Up to four digits: five and six are postcodes. */
export const SHORT_NUMBER = /^\d{1,4}(?!\d)/;
/** Office numbers may have five digits, but not the six of a postcode. */
const OFFICE_NUMBER = /^\d{1,5}(?!\d)/;
const ROMAN = /^[ivxх]{1,5}$/;
/** "45а", "2nd", "Б-5", but not "Юнусабад-4". */
const FLATS_CODE = /^(?:\d|\p{L}-?\d)/u;

const isName = ({ kind }: Token): boolean => kind === 'word' || kind === 'letter' || kind === 'code';

/**
 * Whether the street type is followed by its name: "ул. Навои", "ул. 8 Марта". Those of "проезд 5" and "koʻchasi"
 * precede it.
 */
export const isNamed = (tokens: readonly Token[], type: number): boolean => {
  const [name, after] = [tokens[type + 1], tokens[type + 2]];
  if (name === undefined || name.gap || tokens[type]?.follows === true) return false;
  return isName(name) || name.ordinal || (name.kind === 'number' && after?.kind === 'word' && !after.gap);
};

/** "Навои, ул., 13": a street type between two commas says nothing about its neighbours. */
export const isAlone = (tokens: readonly Token[], type: number): boolean =>
  tokens[type]?.gap === true && tokens[type + 1]?.gap === true;

/**
 * "10 Мая ул.", "10 Навои ул.", "20 проезд": the number belongs to the street's name, or to a flat before the street.
 */
export const mayBeStreets = (tokens: readonly Token[], at: number): boolean => {
  for (let later = at + 1; later < tokens.length; later += 1) {
    const token = tokens[later];
    if (token === undefined || token.gap) return false;
    if (token.kind === 'wide') return true;
    if (token.kind === 'type') return later > at + 1 || !isNamed(tokens, later);
    if (!isName(token)) return false;
  }
  return false;
};

/** "20 проезд, 5", "проезд 20, 5": the number beside the type is the street's name. */
export const isStreetsNumber = (tokens: readonly Token[], at: number): boolean => {
  const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (next?.kind === 'type' && !next.gap) return !isNamed(tokens, at + 1);
  return before?.kind === 'type' && before.gap && token?.gap === false && next?.gap === true;
};

/** "1-я", "5-kvartal", "28-Mart", "13 tor", "5 мкр": the number belongs to the word after it. */
const isOthers = (tokens: readonly Token[], at: number): boolean => {
  const [next, after] = [tokens[at + 1], tokens[at + 2]];
  if (tokens[at]?.ordinal === true) return true;
  if (next === undefined || next.gap) return false;
  if (next.tight || next.kind === 'wide' || (next.kind === 'type' && next.follows)) return true;
  const hasOwn = after !== undefined && !after.gap && (after.kind === 'number' || isName(after));
  return next.kind === 'block' && next.follows && !hasOwn;
};

/** Units that may have names instead of numbers, as in "оф. BC12". */
const isOffice = (unit: Token | undefined): boolean => unit?.kind === 'unit' && !unit.follows;

/**
 * Whether the token can identify a flat or office: 45, 45а, 2nd, А, II. Not if the name of something else begins here.
 */
export const isValueAt = (tokens: readonly Token[], at: number): boolean => {
  const token = tokens[at];
  if (token === undefined || token.gap) return false;
  if (token.kind === 'number') {
    const fits = isOffice(tokens[at - 1]) ? OFFICE_NUMBER : SHORT_NUMBER;
    return fits.test(token.text) && !isOthers(tokens, at);
  }
  if (token.kind === 'code') return FLATS_CODE.test(token.text) || isOffice(tokens[at - 1]);
  const after = tokens[at + 1];
  if (token.kind === 'letter') return !(token.dot && after?.kind === 'word' && !after.gap);
  return token.kind === 'word' && ROMAN.test(token.text);
};

export const isUnit = (token: Token | undefined): boolean => token?.kind === 'unit' || token?.kind === 'kv';

/** Index of the last number that may be a house number, being neither a postcode nor a unit's; or -1. */
export const lastHouseOf = (tokens: readonly Token[]): number =>
  tokens.findLastIndex((token, at) => {
    if (token.kind !== 'number' || token.ordinal || !SHORT_NUMBER.test(token.text)) return false;
    const next = tokens[at + 1];
    const isUnits =
      (isUnit(tokens[at - 1]) && isValueAt(tokens, at)) || (next?.gap === false && isUnit(next));
    return !isUnits;
  });

/**
 * Limit for chains like "2 подъезд 3 этаж 7 кв". Looking further costs time for hostile input and tells nothing more.
 */
const MOST_UNITS = 8;

/** "2 подъезд 3 этаж 7 кв": whether the number belongs to the next unit, and so on to the last. */
export const isNextUnits = (tokens: readonly Token[], at: number, most = MOST_UNITS): boolean => {
  const [number, unit, after] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (number?.kind !== 'number' || unit === undefined || unit.gap) return false;
  if (unit.kind !== 'kv' && !(unit.kind === 'unit' && unit.follows)) return false;
  return after?.kind !== 'number' || after.gap || most <= 1 || isNextUnits(tokens, at + 2, most - 1);
};

/** "33 кв Ц32": the code may name the flat or a block. */
export const mayBeBlocks = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.kind === 'code' && !/^\d/.test(tokens[at].text) && !isOffice(tokens[at - 1]);

/** Five digits or more are a postcode, unless they begin the address: "12345 Main Street". */
const mayBeHouse = ({ kind, text }: Token, at: number): boolean =>
  kind === 'number' && (at === 0 || SHORT_NUMBER.test(text));

/**
 * "Unit 7, Industrial Park": the unit's number identifies the building, since no other number can be a house number.
 */
export const hasOnlyUnits = (tokens: readonly Token[]): boolean =>
  !tokens.some((token, at) => mayBeHouse(token, at) && tokens[at - 1]?.kind !== 'unit');
