import type { Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { isOfNumberedName, LONGEST_NAME } from './address-vocabulary.ts';

const POSTCODE = /^\d{5,}$/;

/** The number is part of a name: "1-я Парковая", "8 Марта"; "26 Бакинских" only if another number may be the house. */
const isNamesNumber = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.kind === 'number' &&
  (tokens[at].ordinal ||
    isOfNumberedName(tokens[at + 1]?.text ?? '') ||
    tokens
      .slice(at + 2, at + LONGEST_NAME)
      .some(({ kind, text }) => kind === 'number' && !POSTCODE.test(text)));

/** Words that may follow a street but do not name one: "Гуляма ул. участок 5", "Гуляма ул. Мирабадский район". */
const NO_STREETS: ReadonlySet<string> = new Set(['участок', 'блок', 'школа', 'махалля']);
const BEHIND_AREAS: ReadonlySet<string> = new Set(['район', 'область', 'махалля']);

/** A word that may be the name of a street after its type. */
const isStreetsName = (tokens: readonly Token[], at: number): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'word' || NO_STREETS.has(token.text)) return false;
  return next === undefined || next.gap || !BEHIND_AREAS.has(next.text);
};

/** "Мира", "М. Горького" or "8 Марта" begins here, within the same part. */
export const beginsName = (tokens: readonly Token[], at: number): boolean => {
  const token = tokens[at];
  if (token === undefined || token.gap) return false;
  const leads = token.kind === 'letter' || isNamesNumber(tokens, at);
  return isStreetsName(tokens, at) || (leads && beginsName(tokens, at + 1));
};

/** Russian adjectives agree with the noun they describe: улица is feminine, проспект masculine, шоссе neuter. */
const ADJECTIVES: readonly (readonly [types: RegExp, endings: RegExp])[] = [
  [/^(?:улица|площадь|набережная|аллея)$/, /(?:ая|яя)$/],
  [/^(?:проспект|переулок|бульвар|проезд|тупик)$/, /(?:ый|ий|ой)$/],
  [/^шоссе$/, /(?:ое|ее)$/],
];

/**
 * "Тверская улица", "Невский проспект": the adjective agrees with this type, so it is its name whatever follows.
 * "Москва улица" does not agree.
 */
export const describesType = (
  name: { readonly text: string } | undefined,
  type: { readonly text: string },
): boolean => ADJECTIVES.some(([types, endings]) => types.test(type.text) && endings.test(name?.text ?? ''));

/** Types that, unlike lanes, never have a number as their name. */
const UNNUMBERED: ReadonlySet<string> = new Set(['набережная', 'площадь']);

/** "Набережная 3" is house 3, as if a comma preceded the number; "Набережная 3-я" and "Набережная 8 Марта" are not. */
export const withHousesBehindTypes = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) => {
    const [type, next] = [tokens[at - 1], tokens[at + 1]];
    if (token.kind !== 'number' || token.ordinal || token.gap) return token;
    const isNamed = next?.gap === false && (next.kind === 'word' || next.kind === 'letter');
    return type?.gap === true && UNNUMBERED.has(type.text) && !isNamed ? { ...token, gap: true } : token;
  });

/** Words after which a street begins, whatever its name. */
const AREAS: ReadonlySet<string> = new Set([
  'район',
  'область',
  'край',
  'республика',
  'россия',
  'узбекистан',
]);

export const isArea = (word: string): boolean => AREAS.has(word);

/** "Химки ул. Мира 5", "Химки ул. Мира, д. 5": a house number follows the name, so the name is that of the street. */
const hasHouseBehind = (tokens: readonly Token[], name: number): boolean => {
  let end = name + 1;
  while (tokens[end]?.gap === false && tokens[end]?.kind === 'word') end += 1;
  const { kind, text = '' } = tokens[end] ?? {};
  return kind === 'house' || kind === 'mark' || (kind === 'number' && !POSTCODE.test(text));
};

/**
 * "Навои ул. Ташкент", "Чиланзар ул. Катартал": the only street type stands between two names and may belong to either.
 */
export const isEithersType = (tokens: readonly Token[], type: number): boolean => {
  const [before, token, next] = [tokens[type - 1], tokens[type], tokens[type + 1]];
  if (token === undefined || token.gap || token.follows || before?.kind !== 'word') return false;
  if (describesType(before, token) || isArea(before.text) || !beginsName(tokens, type + 1)) return false;
  const [inTown, isTown] = [isKnownTown(before.text), isKnownTown(next?.text ?? '')];
  return inTown === isTown ? !hasHouseBehind(tokens, type + 1) : isTown;
};

const mayBeItsName = (tokens: readonly Token[], type: number): boolean => {
  if (!beginsName(tokens, type + 1)) return true;
  return isEithersType(tokens, type) && !isKnownTown(tokens[type - 1]?.text ?? '');
};

/**
 * "Г. Гуляма ул., 5": the letter is an initial, because a single name stands before the street type and none after it.
 * In "Г. Гуляма ул. Ташкент" it may be one; in "г. Ташкент ул. Самарканд" it is not.
 */
export const isStreetsInitial = (tokens: readonly Token[], at: number): boolean => {
  let names = 0;
  for (let index = at + 1; index < at + LONGEST_NAME; index += 1) {
    const token = tokens[index];
    if (token === undefined || token.gap) return false;
    if (token.kind === 'word') names += 1;
    if (token.kind === 'type') return names === 1 && mayBeItsName(tokens, index);
  }
  return false;
};
