import { codeTokens, gluedMark, LETTER_WORD, restOfHouse } from './address-codes.ts';
import { addressPieces, type Piece } from './address-pieces.ts';
import { wordToken, type Token } from './address-token.ts';
import { meaningOf } from './address-vocabulary.ts';

const DIGIT = /\d/;

const isNameAfter = (raw: Piece | undefined): boolean =>
  raw !== undefined &&
  !raw.gap &&
  raw.text.length > 1 &&
  !DIGIT.test(raw.text) &&
  meaningOf(raw.text) === undefined;

/** "25 A-uy", "12 а-уй": the letter is the house's, the rest a word of its own. */
const letterAndWord = (raw: Piece, before: Token | undefined): readonly Token[] | undefined => {
  if (before?.kind !== 'number' || raw.gap) return undefined;
  const [, letter = '', word = ''] = LETTER_WORD.exec(raw.text) ?? [];
  const kind = meaningOf(word)?.kind;
  if (kind !== 'house' && kind !== 'unit') return undefined;
  return [wordToken(letter, false, false, false), wordToken(word, raw.dot, false, true)];
};

/** What stands before the number, but not the "дом" of "12 дом 3-й этаж", which has its own. */
const ownerOf = (tokens: readonly Token[]): Token | undefined => {
  const before = tokens.at(-1);
  const hasOwn = before?.kind === 'house' && !before.gap && tokens.at(-2)?.kind === 'number';
  return hasOwn ? undefined : before;
};

/** Words and numbers of a text that `uniformText` has made uniform, in their order, with what each is for. */
export const addressTokens = (text: string): readonly Token[] => {
  const raws = addressPieces(text);
  const tokens: Token[] = [];
  for (const [at, raw] of raws.entries()) {
    const before = tokens.at(-1);
    const next = raws[at + 1];
    const house = restOfHouse(raw, before);
    if (house !== undefined) tokens.splice(-1, 1, ...codeTokens(house, tokens.at(-2), false));
    else if (DIGIT.test(raw.text))
      tokens.push(...(gluedMark(raw, before, next) ?? codeTokens(raw, ownerOf(tokens), isNameAfter(next))));
    else tokens.push(...(letterAndWord(raw, before) ?? [wordToken(raw.text, raw.dot, raw.gap, false)]));
  }
  return tokens;
};
