import type { Token } from './address-token.ts';
import { isValueAt, SHORT_NUMBER } from './unit-value.ts';

const isNumber = (token: Token | undefined): token is Token =>
  token?.kind === 'number' && SHORT_NUMBER.test(token.text);

export const isQuarter = ({ text }: Token): boolean => text === 'квартал' || text === 'kvartal';

/**
 * Marks a "кв" that may be a block or a flat. Behind a comma the apostrophe separates it from the number before it when
 * the result is normalised again.
 */
export const inDoubt = (kv: Token): Token => {
  const text = kv.text === 'kvartal' ? 'kv' : 'кв';
  return { ...kv, text: kv.gap ? `${text}'` : text };
};

const isDoubtful = ({ kind, text }: Token): boolean => kind === 'block' && (text === 'кв' || text === 'kv');

const isOwner = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === 'house' || token.kind === 'mark' || isDoubtful(token));

/**
 * "5-kvartal", "5-й квартал", "5 мкр 12": the number before the block is its own. In "дом 12 квартал 15" the 12 belongs
 * to the house.
 */
const hasNumberBefore = (tokens: readonly Token[], at: number): boolean => {
  const [owner, number, block] = [tokens[at - 2], tokens[at - 1], tokens[at]];
  if (!isNumber(number) || block?.gap !== false) return false;
  return block.tight || number.ordinal || number.gap || !isOwner(owner);
};

/** "Самал-2" of "Самал-2 мкр": the name has its number already. */
const NUMBERED_NAME = /^\p{L}+-\d+$/u;

/**
 * "квартал 5", "линия 7-я, 12": the number after the block is its own. In "квартал 7-я Парковая" the 7 belongs to the
 * street, and in "Самал-2 мкр 33" the 33 to the house.
 */
const hasNumberBehind = (tokens: readonly Token[], at: number): boolean => {
  const [before, number, next] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
  if (!isNumber(number) || number.gap) return false;
  if (tokens[at]?.gap === false && NUMBERED_NAME.test(before?.text ?? '')) return false;
  return number.ordinal ? next?.gap !== false : isValueAt(tokens, at + 1);
};

/**
 * Joins a block and its number to one word, "5-квартал". Thus "квартал 5" and "5-й квартал" are the same block, while
 * house 12 of block 15 ("12 дом, квартал 15") differs from house 15 of block 12 ("12 квартал, 15").
 */
export const withBlocksNumbered = (tokens: readonly Token[]): readonly Token[] => {
  const kept: Token[] = [];
  let owned: Token | undefined;
  for (const [at, token] of tokens.entries()) {
    const [before, behind] = [tokens[at - 1], tokens[at + 1]];
    const numbered = (number: Token, gap: boolean): Token => ({
      ...token,
      text: `${number.text}-${token.text}`,
      gap,
    });
    if (token === owned) continue;
    if (token.kind !== 'block' || isDoubtful(token)) kept.push(token);
    else if (before !== undefined && before !== owned && hasNumberBefore(tokens, at))
      kept.splice(-1, 1, numbered(before, before.gap));
    else if (behind !== undefined && hasNumberBehind(tokens, at)) {
      owned = behind;
      kept.push(numbered(behind, token.gap));
    } else kept.push(token);
  }
  return kept;
};
