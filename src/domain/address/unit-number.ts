import type { Token } from './address-token.ts';
import { isNumberedPart } from './house-apart.ts';
import { beginsWithName, hasSureHouse, isBlocks, isStreet } from './likely-house.ts';
import { isNextUnits, isValueAt, mayBeBlocks, mayBeStreets } from './unit-value.ts';

/**
 * The state of reading an address. `lastIsHouse`: the last kept token is counted in `houses`. `lastHouse`: index of the
 * last number that may be a house number.
 */
export type Read = {
  readonly lastHouse: number;
  readonly kept: readonly Token[];
  readonly houses: number;
  readonly lastIsHouse: boolean;
};

const STARTS_WITH_DIGIT = /^\d/;
const ENGLISH_ORDINAL = /^\d+(?:st|nd|rd|th)$/;

/** A number or name after the unit belongs to it. */
export const hasValue = (tokens: readonly Token[], unit: number): boolean =>
  isValueAt(tokens, unit + 1) && !isNextUnits(tokens, unit + 1);

/**
 * "12 blok 6 xonadon 7", "12, блок 6 подъезд": the number belongs to the part before it. In "12-blok 6 xonadon" and "А
 * блок 6 подъезд" the part has its own already.
 */
export const isOfPart = (kept: readonly Token[]): boolean => {
  const [before, owner, last] = [kept.at(-3), kept.at(-2), kept.at(-1)];
  if (last?.gap !== false || owner === undefined || owner.tight) return false;
  // "5, 3 этаж, к. 6": "к." is a building or a room.
  if (!isNumberedPart(owner.text) && owner.text !== "к'") return false;
  return owner.gap || (before?.ordinal !== true && before?.kind !== 'letter');
};

/** "12, тамбур 6 этаж 7": an unknown word owns the number after it if the unit has one of its own. */
const isBehindWord = (last: Token, kept: readonly Token[]): boolean =>
  !last.gap && kept.at(-2)?.kind === 'word' && kept.at(-2)?.tight === false;

/** "секция 6-й подъезд", "Юнусабад 6 блок 2 хонадон 3": each number may belong to either word. */
const isDoubtfulPart = (kept: readonly Token[]): boolean => {
  const owner = kept.at(-2);
  if (kept.at(-1)?.ordinal === true) return true;
  return kept.at(-3)?.kind === 'number' && owner?.gap === false && !hasSureHouse(kept.slice(0, -2));
};

/**
 * "корп. 1", "квартал 5" and "дом 12" own the number after them. "12 дом" and "12 uy" have their own already if the
 * number after them is the only one for the unit: "12 дом 7 кв", but not in "Юнусабад 4 uy 12 xonadon 7".
 */
const isOwned = (last: Token, kept: readonly Token[], unitHasOwn: boolean): boolean => {
  const owner = kept.at(-2);
  if (isBlocks(last, kept.slice(-3, -1))) return true;
  if (last.gap || (owner?.kind !== 'mark' && owner?.kind !== 'house')) return false;
  if (owner.kind === 'mark' || kept.at(-3)?.kind !== 'number') return true;
  return (unitHasOwn || owner.gap) && !last.ordinal;
};

const isFlat = ({ kind, text }: Token): boolean =>
  kind === 'kv' || text === 'квартира' || text === 'kvartira';

/** "12-xonadon": a household counts as the house if there is no other. */
export const isHousehold = ({ text }: Token): boolean => text === 'xonadon' || text === 'хонадон';

/** "12/7-xonadon", "12 - 3 этаж": house and unit in one word. */
const holdsHouse = (last: Token, unit: Token): boolean => /[/-]/.test(last.text) || isHousehold(unit);

/** "3-й этаж", "2nd floor": an ordinal is never a house number. */
const isOrdinal = ({ ordinal, text }: Token): boolean => ordinal || ENGLISH_ORDINAL.test(text);

/** "7 хонадон 12 уй": the word for "house" follows its number and has none after it. */
const isHouseWord = (token: Token | undefined, next: Token | undefined): boolean =>
  token?.kind === 'house' && !token.gap && (next?.kind !== 'number' || next.gap);

/** "А подъезд 5 дом": the number after the entrance belongs to the house. */
export const isBeforeHouse = (tokens: readonly Token[], unit: number): boolean =>
  tokens[unit]?.kind === 'unit' &&
  tokens[unit + 1]?.kind === 'number' &&
  tokens[unit + 1]?.gap === false &&
  isHouseWord(tokens[unit + 2], tokens[unit + 3]);

const isBeforeStreet = (kept: readonly Token[], tokens: readonly Token[]): boolean =>
  !kept.some(isStreet) && tokens.some(isStreet);

/** "Bobur koʻchasi, xonadon 12", "Flat 10 High Street": the number may also be that of the building. */
const isOnlyHouse = (
  { houses, lastHouse }: Read,
  tokens: readonly Token[],
  at: number,
  unit: Token,
): boolean => {
  if (houses > 0 || lastHouse > at) return false;
  return isHousehold(unit) || (tokens[at + 1]?.kind === 'number' && mayBeStreets(tokens, at + 1));
};

/** Which number belongs to the unit: `next` ("кв. 45"), `last` ("7-xonadon", "3 этаж"), or none. */
export const valueOf = (
  read: Read,
  tokens: readonly Token[],
  at: number,
  unit: Token,
): 'next' | 'last' | 'none' => {
  const { kept, houses, lastIsHouse } = read;
  const last = kept.at(-1);
  const next = hasValue(tokens, at);
  const doubtful = mayBeStreets(tokens, at + 1) || mayBeBlocks(tokens, at + 1);
  const isBeside = last !== undefined && last === tokens[at - 1] && STARTS_WITH_DIGIT.test(last.text);
  const isParts = isBeside && !unit.gap && !unit.tight && isOfPart(kept);
  if (isParts && unit.follows && isDoubtfulPart(kept)) return 'none';
  if (!isBeside || unit.gap || isParts || isOwned(last, kept, next && !doubtful))
    return next && !isBeforeHouse(tokens, at) && !isOnlyHouse(read, tokens, at, unit) ? 'next' : 'none';
  if (next && doubtful && !isOrdinal(last)) return 'none';
  if (next && isHouseWord(tokens[at + 2], tokens[at + 3])) return 'last';
  const mayBeName = beginsWithName(kept);
  const othersHouse = houses - (lastIsHouse ? 1 : 0) - (mayBeName ? 1 : 0) > 0;
  if (!othersHouse && !next && holdsHouse(last, unit) && read.lastHouse <= at) return 'none';
  if (unit.tight && (unit.follows || !next)) return 'last';
  // "12, 45 кв.": another number is the house. In "12 кв." alone, or "12 офис", it is unclear what the 12 is.
  if (!unit.follows) return next ? 'next' : othersHouse && isFlat(unit) ? 'last' : 'none';
  if (!next || isOrdinal(last)) return 'last';
  if (othersHouse && !hasSureHouse(kept.slice(0, -1))) return 'none';
  if (othersHouse) return isBehindWord(last, kept) ? 'next' : 'last';
  // "3 этаж 12, ул. Мира": either number may be the house.
  return mayBeName || isBeforeStreet(kept, tokens) ? 'none' : 'next';
};
