import type { Token } from './address-token.ts';
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

/** "Г. Гуляма ул., 5": an initial, since one name stands before the street type and none after it. */
export const isStreetsInitial = (tokens: readonly Token[], at: number): boolean => {
  let names = 0;
  for (let index = at + 1; index < at + LONGEST_NAME; index += 1) {
    const token = tokens[index];
    if (token === undefined || token.gap) return false;
    if (token.kind === 'word') names += 1;
    if (token.kind === 'type') return names === 1 && !beginsName(tokens, index + 1);
  }
  return false;
};
