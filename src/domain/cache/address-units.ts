import type { Token } from './address-token.ts';
import { inDoubt, isQuarter } from './block-number.ts';
import {
  hasHouseBehind,
  isBuilding,
  isNextUnits,
  isStreetsNumber,
  isUnit,
  isValueAt,
  mayBeBlocks,
  mayBeStreets,
  SHORT_NUMBER,
} from './unit-value.ts';

const ENGLISH_ORDINAL = /^\d+(?:st|nd|rd|th)$/;

const startsWithDigit = (token: Token): boolean => token.kind === 'number' || /^\d/.test(token.text);

/** "квартал 5" owns the number behind it; "5-й квартал" has its own, and what stands in the next part is never a block's. */
const isBlocks = (token: Token, kept: readonly Token[]): boolean => {
  const block = kept.at(-1);
  if (token.gap || (block?.kind !== 'block' && block?.kind !== 'kv')) return false;
  return block.gap || kept.at(-2)?.kind !== 'number';
};

/** A number that is a house as far as its neighbours tell: no ordinal, no block, no number inside a street's name. */
const isHouse = (token: Token, kept: readonly Token[], next: Token | undefined): boolean => {
  if (token.kind !== 'number' || token.ordinal || !SHORT_NUMBER.test(token.text)) return false;
  const before = kept.at(-1);
  if (before?.kind === 'house' || before?.kind === 'mark') return true;
  if (isBlocks(token, kept)) return false;
  if (next === undefined || next.gap) return true;
  if (next.kind === 'word') return before === undefined;
  return next.kind !== 'block' && next.kind !== 'wide';
};

/** `lastHouseWord`: where "дом" or "uy" stands last, -1 for nowhere. `houseWord`: one has been read already. `street`: one is named. `behindUnits`: what is left stands apart from what was there. */
type Reading = {
  readonly kept: Token[];
  readonly lastHouseWord: number;
  readonly street: boolean;
  readonly behindUnits: Set<Token>;
  houses: number;
  lastIsHouse: boolean;
  houseWord: boolean;
};

const removeLast = (reading: Reading): void => {
  reading.kept.pop();
  if (reading.lastIsHouse) reading.houses -= 1;
  reading.lastIsHouse = false;
};

/** "корп. 5 кв", "дом 5 кв" */
const isOthersNumber = (kept: readonly Token[]): boolean =>
  kept.at(-1)?.gap === false && (kept.at(-2)?.kind === 'mark' || kept.at(-2)?.kind === 'house');

/** A number or name behind the unit that is its own. */
const hasValue = (tokens: readonly Token[], unit: number): boolean =>
  isValueAt(tokens, unit + 1) && !isNextUnits(tokens, unit + 1);

/** "8 Марта ул.", "10 Downing Street": counted as a house, and perhaps none. */
const beginsWithName = ([first, next]: readonly Token[]): boolean =>
  first !== undefined && isHouse(first, [], next) && next?.kind === 'word' && !next.gap;

/** "8 Марта ул., кв. 5, 12": a block, as behind any other street. */
const isBehindName = ({ kept, houses }: Reading, tokens: readonly Token[], at: number): boolean =>
  houses === 1 && beginsWithName(kept) && hasHouseBehind(tokens, at);

/**
 * "5 кв" or "кв 5" without a house before it is a block of Tashkent, and so is one before the word "дом". "5-кв. 10" is
 * a house and a flat on a street or behind "квартал", and a block and a house elsewhere; "5 кв. 10" elsewhere may be
 * either, so all of it stays as it is, and is joined with neither.
 */
const blockAt = (reading: Reading, tokens: readonly Token[], at: number): Token | undefined => {
  const token = tokens[at];
  if (token?.kind !== 'kv') return undefined;
  const valued = hasValue(tokens, at) && !mayBeStreets(tokens, at + 1);
  const mayOwnLast = !valued || !(reading.street || reading.houseWord || reading.kept.some(isQuarter));
  const ownsLast = reading.lastIsHouse && !token.gap && mayOwnLast && !isOthersNumber(reading.kept);
  const beforeHouse = !reading.houseWord && reading.lastHouseWord > at;
  if (reading.houses !== (ownsLast ? 1 : 0) && !beforeHouse)
    return isBehindName(reading, tokens, at) ? { ...token, kind: 'block' } : undefined;
  if (ownsLast) reading.houses -= 1;
  const isDoubtful = ownsLast && valued && !token.tight && !beforeHouse;
  return { ...(isDoubtful ? inDoubt(token) : token), kind: 'block' };
};

/**
 * "корп. 1", "квартал 5" and "дом 12" own the number they stand before. "12 дом" and "12 uy" have their own already where the number
 * behind them is all that the unit has: "12 дом 7 кв", but "Юнусабад 4 uy 12 xonadon 7".
 */
const isOwned = (kept: readonly Token[], unitHasOwn: boolean): boolean => {
  const [last, owner] = [kept.at(-1), kept.at(-2)];
  if (last !== undefined && isBlocks(last, kept.slice(-3, -1))) return true;
  if (last?.gap === true || (owner?.kind !== 'mark' && owner?.kind !== 'house')) return false;
  if (owner.kind === 'mark' || kept.at(-3)?.kind !== 'number') return true;
  return (unitHasOwn || owner.gap) && last?.ordinal === false;
};

const isFlat = ({ kind, text }: Token): boolean =>
  kind === 'kv' || text === 'квартира' || text === 'kvartira';

/** "12-xonadon": a household is a house where there is no other. */
const isHousehold = ({ text }: Token): boolean => text === 'xonadon' || text === 'хонадон';

/** "12/7-xonadon", "12 - 3 этаж": a house and its unit in one. */
const holdsHouse = (last: Token, unit: Token): boolean => /[/-]/.test(last.text) || isHousehold(unit);

/** "3-й этаж", "2nd floor": never a house. */
const isOrdinal = ({ ordinal, text }: Token): boolean => ordinal || ENGLISH_ORDINAL.test(text);

/** "7 хонадон 12 уй": behind the number of a house, and before none of its own. */
const isHouseWord = (token: Token | undefined, next: Token | undefined): boolean =>
  token?.kind === 'house' && !token.gap && (next?.kind !== 'number' || next.gap);

const isStreet = ({ kind }: Token): boolean => kind === 'type' || kind === 'st';

const isBeforeStreet = (kept: readonly Token[], tokens: readonly Token[], at: number): boolean =>
  !kept.some(isStreet) && tokens.some((token, later) => later > at && isStreet(token));

/**
 * A number with "дом" or "корпус" beside it, or behind a street. "Юнусабад 4" is a house or a block, and the 5 of
 * "проезд 5" the name of the street.
 */
const hasSureHouse = (kept: readonly Token[]): boolean => {
  const street = kept.findIndex(isStreet);
  return kept.some((token, at) => {
    const [before, next] = [kept[at - 1], kept[at + 1]];
    if (token.kind !== 'number') return false;
    if (before?.kind === 'house' || before?.kind === 'mark' || next?.kind === 'house') return true;
    if (before?.kind === 'type' && !token.gap) return false;
    return street >= 0 && street < at && isHouse(token, kept.slice(Math.max(0, at - 2), at), next);
  });
};

/** "Bobur koʻchasi, xonadon 12", "Flat 10 High Street": the number may as well be the building's. */
const isOnlyHouse = ({ houses }: Reading, tokens: readonly Token[], at: number): boolean => {
  const unit = tokens[at];
  if (houses > 0 || unit === undefined || hasHouseBehind(tokens, at)) return false;
  return isHousehold(unit) || (tokens[at + 1]?.kind === 'number' && mayBeStreets(tokens, at + 1));
};

/** Which number is the unit's: `next` ("кв. 45"), `last` ("7-xonadon", "3 этаж"), or none. */
const valueOf = (reading: Reading, tokens: readonly Token[], at: number): 'next' | 'last' | 'none' => {
  const token = tokens[at];
  const last = reading.kept.at(-1);
  const next = hasValue(tokens, at);
  const doubtful = mayBeStreets(tokens, at + 1) || mayBeBlocks(tokens, at + 1);
  const adjacent = last !== undefined && last === tokens[at - 1] && startsWithDigit(last);
  const lastFits = token !== undefined && !token.gap && adjacent && !isOwned(reading.kept, next && !doubtful);
  if (!lastFits) return next && !isOnlyHouse(reading, tokens, at) ? 'next' : 'none';
  if (next && doubtful && !isOrdinal(last)) return 'none';
  if (next && isHouseWord(tokens[at + 2], tokens[at + 3])) return 'last';
  const mayBeName = beginsWithName(reading.kept);
  const othersHouse = reading.houses - (reading.lastIsHouse ? 1 : 0) - (mayBeName ? 1 : 0) > 0;
  if (!othersHouse && !next && holdsHouse(last, token) && !hasHouseBehind(tokens, at)) return 'none';
  if (token.tight && (token.follows || !next)) return 'last';
  // "12, 45 кв.": where another number is the house. "12 кв." alone, or "12 офис", says nothing of 12.
  if (!token.follows) return next ? 'next' : othersHouse && isFlat(token) ? 'last' : 'none';
  if (!next || isOrdinal(last)) return 'last';
  if (othersHouse) return hasSureHouse(reading.kept.slice(0, -1)) ? 'last' : 'none';
  // "3 этаж 12, ул. Мира": either number may be the house.
  return mayBeName || isBeforeStreet(reading.kept, tokens, at) ? 'none' : 'next';
};

/** Takes the unit at the place with its number away; tells how many tokens were read. */
const skipUnit = (reading: Reading, tokens: readonly Token[], at: number): number => {
  const token = tokens[at];
  if (token === undefined) return 1;
  const value = isBuilding(tokens, at) ? 'none' : valueOf(reading, tokens, at);
  if (value === 'last') removeLast(reading);
  if (value === 'none') {
    reading.kept.push(token.kind === 'kv' ? inDoubt(token) : token);
    reading.lastIsHouse = false;
    return 1;
  }
  const read = value === 'next' ? 2 : 1;
  const behind = tokens[at + read];
  if (behind !== undefined) reading.behindUnits.add(behind);
  return read;
};

/**
 * Flats, offices, floors and entrances are left out: providers answer per building, and a house of 200 flats
 * becomes one call. "кв" before any house is квартал and stays.
 */
export const withoutUnits = (tokens: readonly Token[]): readonly Token[] => {
  if (!tokens.some(({ kind }) => kind === 'unit' || kind === 'kv')) return tokens;
  const lastHouseWord = tokens.findLastIndex(({ kind }) => kind === 'house');
  // "пр." may be проспект or проезд, and is a street either way.
  const street = tokens.some(({ kind, text }) => kind === 'type' || text === 'пр');
  const none = { houses: 0, lastIsHouse: false, houseWord: false };
  const reading: Reading = { kept: [], lastHouseWord, street, behindUnits: new Set(), ...none };
  for (let at = 0; at < tokens.length;) {
    const token = tokens[at];
    if (token === undefined) break;
    const block = blockAt(reading, tokens, at);
    if (block === undefined && isUnit(token)) {
      at += skipUnit(reading, tokens, at);
      continue;
    }
    reading.lastIsHouse = isHouse(token, reading.kept, tokens[at + 1]) && !isStreetsNumber(tokens, at);
    if (reading.lastIsHouse) reading.houses += 1;
    if (token.kind === 'house') reading.houseWord = true;
    reading.kept.push(block ?? token);
    at += 1;
  }
  return reading.kept.map((token) => (reading.behindUnits.has(token) ? { ...token, gap: true } : token));
};
