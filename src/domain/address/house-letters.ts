import { TAKES_LETTER } from './address-codes.ts';
import type { Token } from './address-token.ts';
import { isCompassLetter, isOfNumberedName, isPartWord, isPlaceLetter } from './address-vocabulary.ts';
import { houseLetter } from './look-alikes.ts';
import { isNextUnits, isUnit, SHORT_NUMBER } from './unit-value.ts';

/** Kinds of token that may be a name after the letter. After any other token the letter belongs to the house. */
const NAMES: ReadonlySet<string> = new Set(['letter', 'word', 'code']);

/** "6 квартира": the number before the word is that of the flat. */
const isFlats = (tokens: readonly Token[], at: number): boolean => {
  const [flat, after] = [tokens[at + 1], tokens[at + 2]];
  if (flat?.text !== 'квартира' && flat?.text !== 'kvartira') return false;
  return flat.kind === 'unit' && !flat.gap && (after?.kind !== 'number' || after.gap);
};

/** "32 К 3 этаж", "32 К 8 Марта ул.", "32 К 101000": the number after the letter belongs to something else. */
const isOthersNumber = (tokens: readonly Token[], at: number): boolean => {
  const [number, after] = [tokens[at], tokens[at + 1]];
  if (number?.kind !== 'number') return false;
  const isStreets = after?.gap === false && (number.ordinal || isOfNumberedName(after.text));
  return isStreets || !SHORT_NUMBER.test(number.text) || isNextUnits(tokens, at) || isFlats(tokens, at);
};

/** The letter belongs to the house: it is no initial or the like, and the number after it belongs to something else. */
const isHouses = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (before?.kind !== 'number' || before.ordinal || token === undefined || token.dot || token.gap)
    return false;
  return next?.gap === false && isOthersNumber(tokens, at + 1);
};

/** "ул. Маркса К 5", "ул. Пушкина А.С. 10": an initial after the name of a street. */
const isInitialBehind = (tokens: readonly Token[], at: number): boolean => {
  const [further, before, letter] = [tokens[at - 2], tokens[at - 1], tokens[at]];
  if (letter?.gap !== false) return false;
  if (before?.kind === 'letter') return further?.kind !== 'number' && further?.kind !== 'mark';
  if (before?.kind !== 'word' || letter.dot) return false;
  let start = at - 1;
  while (tokens[start]?.kind === 'word' && tokens[start]?.gap === false) start -= 1;
  return tokens[start]?.kind === 'type' && tokens[start]?.follows === false;
};

/**
 * Whether the letter abbreviates a designator. When a number follows, "12 к 1" and "12 с 2" contain a mark and "д 13" a
 * house; "12 к. А" contains a mark as well.
 */
const designatorOf = (tokens: readonly Token[], at: number, before: Token | undefined): Token | undefined => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token === undefined || next === undefined || next.gap) return undefined;
  const afterNumber = before?.kind === 'number';
  if (isHouses(tokens, at, before)) return undefined;
  const letter = token.text === 'k' && afterNumber ? 'к' : token.text;
  if (letter === 'д') return next.kind === 'number' ? { ...token, text: 'дом', kind: 'house' } : undefined;
  // "ul. Navoi, d. 5" is Russian in Latin script. In "Block 5, D. 12" the letter is no designator.
  if (letter === 'd' && token.dot && token.gap && before?.kind === 'word' && next.kind === 'number')
    return { ...token, text: 'дом', kind: 'house' };
  if ((letter !== 'к' && letter !== 'с') || isInitialBehind(tokens, at)) return undefined;
  const marks = next.kind === 'number' || (next.kind === 'letter' && token.dot && afterNumber);
  return marks ? { ...token, text: letter === 'к' ? 'корп' : 'стр', kind: 'mark' } : undefined;
};

/** "32 г к. 1": what follows the letter is a mark and not a name. */
const markOf = (tokens: readonly Token[], at: number, number: Token): Token | undefined => {
  const designator = designatorOf(tokens, at, number);
  return designator?.kind === 'mark' ? designator : undefined;
};

/**
 * "5, кв. 7, к. 2", "5, пом. I, к. 2", "5, 2 этаж, к. 7": after a unit of a house, "к." may be a room as well as
 * корпус, so the address is matched with neither. "корп." is unambiguous.
 */
const mayBeRoom = (mark: Token, read: readonly Token[]): boolean => {
  if (mark.text !== 'корп') return false;
  const unit = read.findLastIndex(isUnit);
  // The unit's own number follows it, or precedes it ("2 этаж").
  const own = unit === read.length - 2 ? unit : unit - 1;
  return unit >= read.length - 2 && read.slice(0, Math.max(0, own)).some(({ kind }) => kind === 'number');
};

/**
 * `join`: the letter belongs to the house ("32 а"). `apart`: it is an initial or begins a street. `leave`: г, с or д
 * whose meaning is unclear.
 */
const placeOf = (token: Token, number: Token, next: Token | undefined): 'join' | 'apart' | 'leave' => {
  if (next === undefined || next.gap) return 'join';
  if (next.kind === 'number') return token.dot ? 'apart' : 'join';
  if (next.kind === 'st' || next.kind === 'wide' || (next.kind === 'type' && next.follows)) return 'apart';
  if (!NAMES.has(next.kind) || isPartWord(next.text)) return 'join';
  if (isPlaceLetter(token.text)) return 'leave';
  if (token.dot || token.gap || number.ordinal) return 'apart';
  return isCompassLetter(token.text) ? 'apart' : 'join';
};

const afterNumber = (token: Token, number: Token, next: Token | undefined): readonly Token[] => {
  const place = placeOf(token, number, next);
  if (place === 'leave') return [number, token];
  // The dot separates the letter when the result is normalised again.
  if (place === 'apart') return [number, { ...token, text: `${token.text}.` }];
  return [{ ...number, text: number.text + houseLetter(token.text), dot: token.dot }];
};

/**
 * "мкр. 4, М. Горького пер.", "оф. 5, М. Горького": the number belongs to the block or was removed, so the letter needs
 * no dot to be kept apart from it.
 */
export const withNeededDots = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) =>
    token.kind === 'letter' && token.text.endsWith('.') && tokens[at - 1]?.kind !== 'number'
      ? { ...token, text: token.text.slice(0, -1) }
      : token,
  );

/**
 * "П.С., 10", "Пушкина А.С. ул., 10", "Ивановка д, 5": the letter abbreviates nothing, and an apostrophe separates it
 * from the following number when the result is normalised again. "с. Ивановка" needs none.
 */
const apartFromNext = (tokens: readonly Token[], at: number): Token => {
  const [token, next] = [tokens[at]!, tokens[at + 1]];
  if (!'дкс'.includes(token.text)) return token;
  const isNamed = next !== undefined && !next.gap && NAMES.has(next.kind);
  return isNamed && designatorOf(tokens, at + 1, token) === undefined
    ? token
    : { ...token, text: `${token.text}'` };
};

/**
 * Joins "32 а" to "32а", unless the letter is a designator with a number (12 к 1), an initial (13, М. Горького) or
 * belongs to a place (13, г. Москва).
 */
export const joinHouseLetters = (tokens: readonly Token[]): readonly Token[] => {
  const joined: Token[] = [];
  for (const [at, token] of tokens.entries()) {
    const before = joined.at(-1);
    if (token.kind !== 'letter') joined.push(token);
    else if (before?.kind === 'mark') joined.push({ ...token, text: houseLetter(token.text) });
    else {
      const designator = designatorOf(tokens, at, before);
      if (designator !== undefined)
        joined.push(mayBeRoom(designator, joined) ? { ...token, text: "к'" } : designator);
      // "32 д 3 этаж" may also mean "32 дом, 3 этаж", so it is matched with neither.
      else if (token.text === 'д' && isHouses(tokens, at, before)) joined.push({ ...token, text: "д'" });
      else if (before?.kind === 'number' && TAKES_LETTER.test(before.text)) {
        joined.pop();
        joined.push(...afterNumber(token, before, markOf(tokens, at + 1, before) ?? tokens[at + 1]));
      } else joined.push(apartFromNext(tokens, at));
    }
  }
  return joined;
};
