import type { Token } from './address-token.ts';
import { inDoubt, isQuarter } from './block-number.ts';
import { beginsWithName, isHouse } from './likely-house.ts';
import { hasValue, isBeforeHouse, isOfPart, valueOf } from './unit-number.ts';
import { hasOnlyUnits, isStreetsNumber, isUnit, lastHouseOf, mayBeStreets } from './unit-value.ts';

type Reading = {
  readonly kept: Token[];
  /** Index of the last "дом" or "uy", or -1. */
  readonly lastHouseWord: number;
  /** Index of the last number that may be a house number, or -1. */
  readonly lastHouse: number;
  readonly onlyUnits: boolean;
  /** The address names a street. */
  readonly street: boolean;
  /** Tokens that follow a removed unit: a separator is put before them. */
  readonly behindUnits: Set<Token | undefined>;
  houses: number;
  lastIsHouse: boolean;
  /** A word for "house" has been read already. */
  houseWord: boolean;
};

const removeLast = (reading: Reading): void => {
  reading.kept.pop();
  if (reading.lastIsHouse) reading.houses -= 1;
  reading.lastIsHouse = false;
};

/**
 * "корп. 5 кв", "дом 5 кв", "секция 5 кв": the number belongs to the word before it. But "школа 5 кв. 12" may mean
 * house 12 of block 5.
 */
const isOthersNumber = (kept: readonly Token[], valued: boolean): boolean =>
  (!valued && isOfPart(kept)) ||
  (kept.at(-1)?.gap === false && (kept.at(-2)?.kind === 'mark' || kept.at(-2)?.kind === 'house'));

/** "8 Марта ул., кв. 5, 12": "кв" is a block, as it is after any other street. */
const isBehindName = ({ kept, houses, lastHouse }: Reading, at: number): boolean =>
  houses === 1 && beginsWithName(kept) && lastHouse > at;

/**
 * Resolves "кв" as a block (квартал) instead of a flat. Without a house before it, "5 кв" or "кв 5" is a block of
 * Tashkent, and so is one before the word "дом". "5-кв. 10" means a house and a flat on a street or after "квартал",
 * elsewhere a block and a house. "5 кв. 10" elsewhere may be either, so it is kept as written and matches neither.
 */
const blockAt = (reading: Reading, tokens: readonly Token[], at: number, token: Token): Token | undefined => {
  if (token.kind !== 'kv') return undefined;
  const valued = hasValue(tokens, at) && !mayBeStreets(tokens, at + 1);
  const mayOwnLast = !valued || !(reading.street || reading.houseWord || reading.kept.some(isQuarter));
  const ownsLast = reading.lastIsHouse && !token.gap && mayOwnLast && !isOthersNumber(reading.kept, valued);
  const beforeHouse = !reading.houseWord && reading.lastHouseWord > at;
  if (reading.houses !== (ownsLast ? 1 : 0) && !beforeHouse)
    return isBehindName(reading, at) ? { ...token, kind: 'block' } : undefined;
  if (ownsLast) reading.houses -= 1;
  const isDoubtful = ownsLast && valued && !token.tight && !beforeHouse;
  return { ...(isDoubtful ? inDoubt(token) : token), kind: 'block' };
};

/**
 * "ул. Ком. 12": an abbreviated street name and not a room (комната). In "Тверская ул. ком. 12" only if no other number
 * is the house.
 */
const namesStreet = ({ houses, lastHouse }: Reading, tokens: readonly Token[], at: number): boolean => {
  const [type, token] = [tokens[at - 1], tokens[at]];
  const isType = (type?.kind === 'type' && !type.follows) || type?.text === 'пр';
  if (!isType || token?.gap !== false || !hasValue(tokens, at)) return false;
  return type.gap || (houses === 0 && lastHouse <= at);
};

/** The apostrophe keeps the word from being read as a unit when the result is normalised again. */
const asWord = (token: Token): Token => ({ ...token, text: `${token.text}'`, kind: 'word' });

/** Removes the unit at this index together with its number; returns how many tokens were consumed. */
const skipUnit = (reading: Reading, tokens: readonly Token[], at: number, token: Token): number => {
  if (namesStreet(reading, tokens, at)) {
    reading.kept.push(asWord(token));
    reading.lastIsHouse = false;
    return 1;
  }
  const isBuilding = token.text === 'unit' && reading.onlyUnits;
  const value = isBuilding ? 'none' : valueOf(reading, tokens, at, token);
  if (value === 'last') removeLast(reading);
  if (value === 'none') {
    if (isBeforeHouse(tokens, at)) reading.kept.push(asWord(token));
    else reading.kept.push(token.kind === 'kv' ? inDoubt(token) : token);
    reading.lastIsHouse = false;
    return 1;
  }
  const read = value === 'next' ? 2 : 1;
  reading.behindUnits.add(tokens[at + read]);
  return read;
};

/**
 * Removes flats, offices, floors and entrances, because providers answer per building: a house with 200 flats then
 * costs one call. "кв" before any house means a block (квартал) and is kept.
 */
export const withoutUnits = (tokens: readonly Token[]): readonly Token[] => {
  if (!tokens.some(isUnit)) return tokens;
  const places = {
    lastHouseWord: tokens.findLastIndex(({ kind }) => kind === 'house'),
    lastHouse: lastHouseOf(tokens),
  };
  // "пр." may be проспект or проезд, but is a street in either case.
  const street = tokens.some(({ kind, text }) => kind === 'type' || text === 'пр');
  const onlyUnits = hasOnlyUnits(tokens);
  const none = { houses: 0, lastIsHouse: false, houseWord: false };
  const reading: Reading = { kept: [], ...places, onlyUnits, street, behindUnits: new Set(), ...none };
  let resume = 0;
  for (const [at, token] of tokens.entries()) {
    if (at < resume) continue;
    const block = blockAt(reading, tokens, at, token);
    if (block === undefined && isUnit(token)) {
      resume = at + skipUnit(reading, tokens, at, token);
      continue;
    }
    reading.lastIsHouse = isHouse(token, reading.kept, tokens[at + 1]) && !isStreetsNumber(tokens, at);
    if (reading.lastIsHouse) reading.houses += 1;
    if (token.kind === 'house') reading.houseWord = true;
    reading.kept.push(block ?? token);
  }
  return reading.kept.map((token) => (reading.behindUnits.has(token) ? { ...token, gap: true } : token));
};
