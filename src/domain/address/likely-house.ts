import type { Token } from './address-token.ts';
import { isLetterPair, isPartWord } from './address-vocabulary.ts';
import { SHORT_NUMBER } from './unit-value.ts';

/**
 * Whether the number belongs to the block before it. "квартал 5" owns the number after it; "5-й квартал" has its number
 * already, and a number in the next part is never a block's.
 */
export const isBlocks = (token: Token, kept: readonly Token[]): boolean => {
  const block = kept.at(-1);
  if (token.gap || (block?.kind !== 'block' && block?.kind !== 'kv')) return false;
  return block.gap || kept.at(-2)?.kind !== 'number';
};

/**
 * A number that its immediate neighbours show to be a house number: no ordinal, no block's, and not inside a street
 * name.
 */
export const isHouse = (
  token: Token | undefined,
  kept: readonly Token[],
  next: Token | undefined,
): boolean => {
  if (token?.kind !== 'number' || token.ordinal || !SHORT_NUMBER.test(token.text)) return false;
  const before = kept.at(-1);
  if (before?.kind === 'house' || before?.kind === 'mark') return true;
  if (isBlocks(token, kept)) return false;
  if (next === undefined || next.gap) return true;
  if (next.kind === 'word') return before === undefined || isLetterPair(next.text) || isPartWord(next.text);
  return next.kind !== 'block' && next.kind !== 'wide';
};

/** "8 Марта ул.", "10 Downing Street": counted as a house, but may be part of a name. */
export const beginsWithName = ([first, next]: readonly Token[]): boolean =>
  isHouse(first, [], next) && next?.kind === 'word' && !next.gap;

export const isStreet = ({ kind }: Token): boolean => kind === 'type' || kind === 'st';

/**
 * A number with "дом" or "корпус" beside it, or after a street. In "Юнусабад 4" it may be a house or a block, and the 5
 * of "проезд 5" is the name of the street.
 */
export const hasSureHouse = (kept: readonly Token[]): boolean => {
  const street = kept.findIndex(isStreet);
  return kept.some((token, at) => {
    const [before, next] = [kept[at - 1], kept[at + 1]];
    if (token.kind !== 'number') return false;
    if (before?.kind === 'house' || before?.kind === 'mark' || next?.kind === 'house') return true;
    if (before?.kind === 'type' && !token.gap) return false;
    // Two words before the number suffice to decide.
    return street >= 0 && street < at && isHouse(token, kept.slice(Math.max(0, at - 2), at), next);
  });
};
