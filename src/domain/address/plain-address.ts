import { withoutInvisible } from './address-text.ts';
import { inOneScript } from './look-alikes.ts';

/** Whole words only: in "12Вк1" the letter belongs to the house number, and its script is unknown. */
const WORD = /(?<![\p{L}\p{M}\p{N}])[\p{L}\p{M}]+(?![\p{L}\p{M}\p{N}])/gu;
/** Includes ë, which people type for ё. */
const LATIN = /[a-zA-ZëË]/;
const CYRILLIC = /[\u0400-\u052F]/;
const FULL_WIDTH = /[\uFF01-\uFF5E]/g;
const WIDE_SPACE = /\u3000/g;
const TO_ASCII = 0xfee0;

const inCase = (letter: string, pattern: string): string =>
  pattern === pattern.toLowerCase() ? letter : letter.toUpperCase();

const folded = (word: string): string => {
  if (!LATIN.test(word) || !CYRILLIC.test(word)) return word;
  const letters = Array.from(word);
  const one = Array.from(inOneScript(word.toLowerCase()));
  return one.length === letters.length
    ? one.map((letter, at) => inCase(letter, letters[at] ?? '')).join('')
    : word;
};

/**
 * The address with the intended letters. "Mосква" with a Latin M, soft hyphens and full-width digits have the same
 * cache key as the usual spelling, so the provider must be asked with that: its "no such place" would apply to both.
 */
export const plainAddress = (text: string): string => {
  const visible = withoutInvisible(text)
    .normalize('NFC')
    .replace(FULL_WIDTH, (wide) => String.fromCharCode(wide.charCodeAt(0) - TO_ASCII))
    .replace(WIDE_SPACE, ' ');
  if (visible.trim() === '') return text;
  return LATIN.test(visible) && CYRILLIC.test(visible) ? visible.replace(WORD, folded) : visible;
};
