import {
  codeTokens,
  gluedLiter,
  gluedMark,
  LETTER_WORD,
  restOfHouse,
  withCentralBlocks,
} from './address-codes.ts';
import { addressPieces, type Piece } from './address-pieces.ts';
import { wordToken, type Token } from './address-token.ts';
import { isEnglishType, isPartWord, LONGEST_NAME, meaningOf } from './address-vocabulary.ts';

const DIGIT = /\d/;
const STARTS_WITH_DIGIT = /^\d/;

const isNameAfter = (raw: Piece | undefined): boolean =>
  raw !== undefined &&
  !raw.gap &&
  raw.text.length > 1 &&
  !DIGIT.test(raw.text) &&
  meaningOf(raw.text) === undefined;

/**
 * "25 A-uy", "12 а-уй", "12-uy, A-blok": the letter belongs to the house or its part, the rest is a word of its own.
 */
const letterAndWord = (raw: Piece, before: Token | undefined): readonly Token[] | undefined => {
  if (before?.kind !== 'number' && before?.kind !== 'house' && before?.kind !== 'letter') return undefined;
  const [, letter = '', word = ''] = LETTER_WORD.exec(raw.text) ?? [];
  const kind = meaningOf(word)?.kind;
  const isHouses = before.kind === 'number' && !raw.gap && (kind === 'house' || kind === 'unit');
  if (!isHouses && !isPartWord(word)) return undefined;
  return [wordToken(letter, false, raw.gap, false), wordToken(word, raw.dot, false, true)];
};

/** The token that may own the next number. Not the "дом" of "12 дом 3-й этаж", which has its number already. */
const ownerOf = (tokens: readonly Token[]): Token | undefined => {
  const before = tokens.at(-1);
  const hasOwn = before?.kind === 'house' && !before.gap && tokens.at(-2)?.kind === 'number';
  return hasOwn ? undefined : before;
};

const CYRILLIC = /[\u0400-\u052F]/;

/** "No. 13", "No:13", "д. N 13": a number sign without meaning. In Latin texts N may stand for north. */
const isNumberSign = (raw: Piece, before: Piece | undefined, next: Piece | undefined): boolean => {
  if (next === undefined || !STARTS_WITH_DIGIT.test(next.text)) return false;
  return raw.text === 'no' || (raw.text === 'n' && !next.gap && CYRILLIC.test(before?.text ?? ''));
};

const GLUED_SIGN = /^n(?=\d)/;

/** "д.N13": the sign is attached to the number. */
const isSigned = (raw: Piece, before: Piece | undefined): boolean =>
  GLUED_SIGN.test(raw.text) && CYRILLIC.test(before?.text ?? '');

/**
 * Whether the name of a street follows: "Парковая ул.", "ул. Парковая". Not "Park Street", because English puts every
 * house number before the street.
 */
const namesStreet = (raws: readonly Piece[], at: number): boolean => {
  const leading = raws[at]?.gap === false ? meaningOf(raws[at].text) : undefined;
  if (leading?.kind === 'type' && !leading.follows) return isNameAfter(raws[at + 1]);
  if (!isNameAfter(raws[at])) return false;
  for (let later = at + 1; later < at + LONGEST_NAME && raws[later]?.gap === false; later += 1) {
    const meaning = meaningOf(raws[later]?.text ?? '');
    if (meaning?.kind === 'type') return !isEnglishType(meaning.text);
  }
  return false;
};

/**
 * Drops number signs. A number after a sign is separated from a following street: "№ 3 Парковая ул." is house 3 before
 * the street and not "3-я Парковая ул.".
 */
const withoutNumberSigns = (raws: readonly Piece[]): readonly Piece[] => {
  if (!raws.some(({ text }) => text.startsWith('n'))) return raws;
  const kept: Piece[] = [];
  let gap = false;
  let behindSign = -1;
  for (const [at, raw] of raws.entries()) {
    gap ||= raw.gap || at === behindSign;
    const isSign = isNumberSign(raw, raws[at - 1], raws[at + 1]);
    const signed = isSigned(raw, raws[at - 1]);
    const behind = at + (isSign ? 2 : 1);
    if ((isSign || signed) && namesStreet(raws, behind)) behindSign = behind;
    if (isSign) continue;
    kept.push({ ...raw, text: signed ? raw.text.slice(1) : raw.text, gap });
    gap = false;
  }
  return kept;
};

/** "Navoi str. 5" is a street; in "5 str. 2" and "5-uy str. 2" it is a building (строение) of house 5. */
const strToken = (raw: Piece, tokens: readonly Token[], next: Piece | undefined): Token | undefined => {
  const before = tokens.at(-1);
  if (raw.text !== 'str' || before === undefined) return undefined;
  const isNumbered = next !== undefined && !next.gap && DIGIT.test(next.text);
  const isBehindHouse = before.kind === 'house' && tokens.at(-2)?.kind === 'number';
  if (before.kind === 'number' || isBehindHouse)
    return isNumbered ? wordToken('стр', raw.dot, raw.gap, false) : undefined;
  return (before.kind === 'word' || before.kind === 'code') && !raw.gap
    ? wordToken('street', raw.dot, raw.gap, false)
    : undefined;
};

/** Splits a text normalised by `uniformText` into words and numbers, in order, with the role of each. */
export const addressTokens = (text: string): readonly Token[] => {
  const raws = withCentralBlocks(withoutNumberSigns(addressPieces(text)));
  const tokens: Token[] = [];
  for (const [at, raw] of raws.entries()) {
    const before = tokens.at(-1);
    const next = raws[at + 1];
    const house = restOfHouse(raw, before);
    if (house !== undefined) tokens.splice(-1, 1, ...codeTokens(house, tokens.at(-2), false));
    else if (DIGIT.test(raw.text))
      tokens.push(
        ...(gluedMark(raw, before, next) ??
          gluedLiter(raw, before) ??
          codeTokens(raw, ownerOf(tokens), isNameAfter(next))),
      );
    else {
      const word = strToken(raw, tokens, next) ?? wordToken(raw.text, raw.dot, raw.gap, false);
      tokens.push(...(gluedLiter(raw, before) ?? letterAndWord(raw, before) ?? [word]));
    }
  }
  return tokens;
};
