import type { Piece } from './address-pieces.ts';
import { meaningOf, type WordKind } from './address-vocabulary.ts';
import { inOneScript } from './look-alikes.ts';

/**
 * One word or number of an address. `gap`: a comma or bracket precedes it. `dot`: a dot follows it. `tight`: it was
 * attached to the number before it ("7-xonadon"). `ordinal`: an ordinal ending was removed ("1-я"). `follows`: as in
 * the vocabulary.
 */
export type Token = {
  readonly text: string;
  readonly kind: WordKind | 'number' | 'letter' | 'code';
  readonly dot: boolean;
  readonly gap: boolean;
  readonly tight: boolean;
  readonly ordinal: boolean;
  readonly follows: boolean;
};

const LATIN = /[a-z\u00DF-\u024F]/;
const CYRILLIC = /[\u0400-\u052F]/;

const isLetter = (text: string): boolean => text.length === 1 && (LATIN.test(text) || CYRILLIC.test(text));

export const wordToken = (written: string, dot: boolean, gap: boolean, tight: boolean): Token => {
  const text = LATIN.test(written) && CYRILLIC.test(written) ? inOneScript(written) : written;
  const rest = { dot, gap, tight, ordinal: false };
  const meaning = meaningOf(text);
  if (meaning !== undefined)
    return { text: meaning.text, kind: meaning.kind, ...rest, follows: meaning.follows };
  // "ш." is шоссе; without the dot its meaning is unclear.
  if (text === 'ш' && dot) return { text: 'шоссе', kind: 'type', ...rest, follows: false };
  return { text, kind: isLetter(text) ? 'letter' : 'word', ...rest, follows: false };
};

export const numberToken = (text: string, { dot, gap }: Omit<Piece, 'text'>, ordinal: boolean): Token => ({
  text,
  kind: 'number',
  dot,
  gap,
  tight: false,
  ordinal,
  follows: false,
});

/** A mixture of letters and digits that is not a house number. */
export const codeToken = (raw: Piece): Token => ({ ...numberToken(raw.text, raw, false), kind: 'code' });
