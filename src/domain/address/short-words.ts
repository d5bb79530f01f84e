import type { Token } from './address-token.ts';
import { isUzbekTown } from './address-towns.ts';
import { SHORT_NUMBER } from './unit-value.ts';

const isHouseNumber = (token: Token | undefined): boolean =>
  token?.kind === 'number' && !token.ordinal && SHORT_NUMBER.test(token.text);

const ENDS: ReadonlySet<Token['kind']> = new Set(['number', 'letter', 'house', 'unit', 'kv']);

/** Whether the tokens before this one end with a house, its part or its flat. "мкр 5" does not. */
const isBehindHouse = (tokens: readonly Token[], at: number): boolean => {
  const [owner, last] = [tokens[at - 2], tokens[at - 1]];
  if (last === undefined || !ENDS.has(last.kind) || (owner?.kind === 'block' && !last.gap)) return false;
  const house = tokens.findIndex(isHouseNumber);
  return house >= 0 && house < at;
};

/** Words that are also names of streets: "Парадная ул., 3", "ул. Парадная". */
const NAMES_OF_STREETS: ReadonlySet<string> = new Set(['парадная', 'парадное']);

/**
 * "35, парадная 2", "35, 2-я парадная": an entrance, because it follows a house, has a number of its own and no street
 * type beside it. In "2-я Парадная 3" it is a street with a number.
 */
const isEntrance = (tokens: readonly Token[], at: number): boolean => {
  const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (next?.gap === false) return next.kind === 'number' && token?.gap === true && isBehindHouse(tokens, at);
  return before?.kind === 'number' && token?.gap === false && isBehindHouse(tokens, at - 1);
};

/**
 * "30, п. 1, эт. 2": "п." is подъезд (entrance) after a house and a comma. In "30, п. Мирный" and "30, п. 1 Мая" it is
 * a settlement.
 */
const isEntranceLetter = (tokens: readonly Token[], at: number): boolean => {
  const [token, number, next] = tokens.slice(at, at + 3);
  if (token?.text !== 'п' || !token.gap || number?.gap !== false || next?.gap === false) return false;
  return isHouseNumber(number) && isBehindHouse(tokens, at);
};

/** A word that belongs to a street, but not the "ш." of "Тошкент ш.". */
const isStreetWord = ({ kind, text, dot }: Token, before: Token | undefined): boolean =>
  kind === 'wide' || (kind === 'type' && !(text === 'шоссе' && dot && isUzbekTown(before?.text ?? '')));

/**
 * "Navoiy k., 30", "Тошкент, Навоий к., 30-уй": "k." is koʻchasi after a name and before the house, if no other street
 * is named. In Cyrillic only with an Uzbek town, because in "Маркса К., 5" it is an initial.
 */
const uzbekStreet = (tokens: readonly Token[], at: number): string | undefined => {
  const [before, token, number, house] = tokens.slice(Math.max(0, at - 1), at + 3);
  if (at === 0 || !token?.dot || token.gap || before?.kind !== 'word' || number?.kind !== 'number')
    return undefined;
  const endsThere = number.gap || (house?.kind === 'house' && house.follows && !house.gap);
  if (!endsThere || tokens.some((word, index) => isStreetWord(word, tokens[index - 1]))) return undefined;
  if (token.text === 'k') return "ko'chasi";
  return token.text === 'к' && tokens.some(({ text }) => isUzbekTown(text)) ? 'кўчаси' : undefined;
};

/** Resolves words whose meaning depends on their neighbours: abbreviations, and names that look like address words. */
export const withShortWords = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) => {
    if (NAMES_OF_STREETS.has(token.text) && !isEntrance(tokens, at))
      return { ...token, kind: 'word', follows: false };
    if (token.kind !== 'letter') return token;
    if (isEntranceLetter(tokens, at)) return { ...token, kind: 'unit', text: 'подъезд', follows: true };
    const street = uzbekStreet(tokens, at);
    return street === undefined ? token : { ...token, kind: 'type', text: street, follows: true };
  });
