import type { Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { isOfNumberedName, LONGEST_NAME } from './address-vocabulary.ts';

const POSTCODE = /^\d{5,}$/;

/** "1-я Парковая", "8 Марта"; "26 Бакинских" where another number may be the house. */
const isNamesNumber = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.kind === 'number' &&
  (tokens[at].ordinal ||
    isOfNumberedName(tokens[at + 1]?.text ?? '') ||
    tokens
      .slice(at + 2, at + LONGEST_NAME)
      .some(({ kind, text }) => kind === 'number' && !POSTCODE.test(text)));

/** "Гуляма ул. участок 5", "Гуляма ул. Мирабадский район": what stands behind a street, and is none. */
const NO_STREETS: ReadonlySet<string> = new Set(['участок', 'блок', 'школа', 'махалля']);
const BEHIND_AREAS: ReadonlySet<string> = new Set(['район', 'область', 'махалля']);

/** A word that can be the name of a street behind its type. */
const isStreetsName = (tokens: readonly Token[], at: number): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'word' || NO_STREETS.has(token.text)) return false;
  return next === undefined || next.gap || !BEHIND_AREAS.has(next.text);
};

/** "Мира", "М. Горького" or "8 Марта", in the same part. */
export const beginsName = (tokens: readonly Token[], at: number): boolean => {
  const token = tokens[at];
  if (token === undefined || token.gap) return false;
  const leads = token.kind === 'letter' || isNamesNumber(tokens, at);
  return isStreetsName(tokens, at) || (leads && beginsName(tokens, at + 1));
};

/** Russian adjectives agree with what they describe: улица is feminine, проспект masculine, шоссе neuter. */
const ADJECTIVES: readonly (readonly [types: RegExp, endings: RegExp])[] = [
  [/^(?:улица|площадь|набережная|аллея)$/, /(?:ая|яя)$/],
  [/^(?:проспект|переулок|бульвар|проезд|тупик)$/, /(?:ый|ий|ой)$/],
  [/^шоссе$/, /(?:ое|ее)$/],
];

/** "Тверская улица", "Невский проспект": the name of this type, whatever follows. "Москва улица" is none. */
export const describesType = (
  name: { readonly text: string } | undefined,
  type: { readonly text: string },
): boolean => ADJECTIVES.some(([types, endings]) => types.test(type.text) && endings.test(name?.text ?? ''));

/** Unlike lanes they have no number for a name. */
const UNNUMBERED: ReadonlySet<string> = new Set(['набережная', 'площадь']);

/** "Набережная 3" is house 3 of it, as if a comma stood before the number; "Набережная 3-я" and "Набережная 8 Марта" not. */
export const withHousesBehindTypes = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) => {
    const [type, next] = [tokens[at - 1], tokens[at + 1]];
    if (token.kind !== 'number' || token.ordinal || token.gap) return token;
    const isNamed = next?.gap === false && (next.kind === 'word' || next.kind === 'letter');
    return type?.gap === true && UNNUMBERED.has(type.text) && !isNamed ? { ...token, gap: true } : token;
  });

/** Behind them begins a street, whatever its name. */
const AREAS: ReadonlySet<string> = new Set([
  'район',
  'область',
  'край',
  'республика',
  'россия',
  'узбекистан',
]);

export const isArea = (word: string): boolean => AREAS.has(word);

/** "Химки ул. Мира 5", "Химки ул. Мира, д. 5": the number is the house's, so the name before it is the street's. */
const hasHouseBehind = (tokens: readonly Token[], name: number): boolean => {
  let end = name + 1;
  while (tokens[end]?.gap === false && tokens[end]?.kind === 'word') end += 1;
  const { kind, text = '' } = tokens[end] ?? {};
  return kind === 'house' || kind === 'mark' || (kind === 'number' && !POSTCODE.test(text));
};

/** "Навои ул. Ташкент", "Чиланзар ул. Катартал": the only type, between two names, and it may be of either. */
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
 * "Г. Гуляма ул., 5": an initial, since one name stands before the street type and none after it. "Г. Гуляма ул.
 * Ташкент" may have one; "г. Ташкент ул. Самарканд" has none.
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
