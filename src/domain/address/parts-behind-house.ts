import type { Token } from './address-token.ts';
import { isPartWord } from './address-vocabulary.ts';
import { inDoubt } from './block-number.ts';
import { houseLetter } from './look-alikes.ts';
import { hasValue, isHousehold } from './unit-number.ts';
import { isNextUnits, SHORT_NUMBER } from './unit-value.ts';

const isPart = (token: Token | undefined): boolean => token !== undefined && isPartWord(token.text);

/** Whether a house ends here: the 12 of "12, A blok", "12-uy, 2-blok" and "12 К, 2-блок". */
const endsInHouse = (tokens: readonly Token[], at: number): boolean => {
  let last = at;
  if (tokens[last]?.kind === 'house') last -= 1;
  if (tokens[last]?.kind === 'letter' && tokens[last]?.gap === false) last -= 1;
  const token = tokens[last];
  return token?.kind === 'number' && !token.ordinal && SHORT_NUMBER.test(token.text);
};

/** The 2 or A before its "blok", with the house before both. "12, 1 корпус, 3" is ambiguous and excluded. */
const isValueBefore = (tokens: readonly Token[], at: number): boolean => {
  const [value, part, next] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (value === undefined || !isPart(part) || part?.gap !== false || !endsInHouse(tokens, at - 1))
    return false;
  if (next?.gap === false) return false;
  if (value.kind === 'letter') return true;
  if (value.kind !== 'number' || !SHORT_NUMBER.test(value.text)) return false;
  if (value.ordinal || part.tight) return true;
  return value.gap && (next?.kind !== 'number' || isNextUnits(tokens, at + 2));
};

/** The А of "12, А подъезд" and "12 А подъезд" names the entrance; in "12 А подъезд 3" it belongs to the house. */
const namesUnit = (tokens: readonly Token[], at: number): boolean => {
  const [value, unit] = [tokens[at], tokens[at + 1]];
  if (value?.kind !== 'letter' || unit?.kind !== 'unit' || !unit.follows || unit.gap) return false;
  return !isHousehold(unit) && !hasValue(tokens, at + 1) && endsInHouse(tokens, at - 1);
};

const FLATS_AND_BLOCKS: ReadonlySet<Token['kind']> = new Set<Token['kind']>(['kv', 'unit', 'block']);

/** The Б of "12, Б кв.", "12, Б офис" and "12, Б квартал" may belong to the flat, office or block, or to house 12Б. */
const mayNameFlat = (tokens: readonly Token[], at: number): boolean => {
  const [value, flat] = [tokens[at], tokens[at + 1]];
  if (value?.kind !== 'letter' || !value.gap || flat === undefined || flat.gap) return false;
  return FLATS_AND_BLOCKS.has(flat.kind) && !hasValue(tokens, at + 1) && endsInHouse(tokens, at - 1);
};

/** Marked as a plain word, so that it is matched with nothing and read the same way again. */
const asMarked = (token: Token): Token => {
  const { text } = token.kind === 'kv' ? inDoubt({ ...token, gap: false }) : token;
  return { ...token, text: `${text}'`, kind: 'word', follows: false };
};

/**
 * Unifies the order of a part and its number: "12-uy, 2-blok" equals "12-uy, blok 2", and "12, А блок" equals "12, блок
 * А", because after a house number the order has no meaning. Without a house it has: "5-й корпус, 12" is house 12. "12,
 * А подъезд" equals "12, подъезд А"; without the comma it may mean house 12А, so the mark keeps it apart from both.
 */
export const withPartsNumbered = (tokens: readonly Token[]): readonly Token[] => {
  const kept: Token[] = [];
  let owned: Token | undefined;
  for (const [at, token] of tokens.entries()) {
    const part = tokens[at + 1];
    if (token === owned) continue;
    const ofUnit = namesUnit(tokens, at);
    if (part !== undefined && (isValueBefore(tokens, at) || (ofUnit && token.gap))) {
      owned = part;
      kept.push({ ...part, gap: true, tight: false }, { ...lettered(token), gap: false, ordinal: false });
    } else if (part !== undefined && mayNameFlat(tokens, at)) {
      owned = part;
      kept.push(asMarked(token), asMarked(part));
    } else if (ofUnit) kept.push(asMarked(token));
    else kept.push(isPart(tokens[at - 1]) && !token.gap ? lettered(token) : token);
  }
  return kept;
};

const lettered = (token: Token): Token =>
  token.kind === 'letter' ? { ...token, text: houseLetter(token.text) } : token;
