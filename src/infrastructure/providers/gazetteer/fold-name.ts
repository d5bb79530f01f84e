/** Letters that Unicode does not decompose into a base letter and a mark. */
const PLAIN: { readonly [letter: string]: string } = {
  ı: 'i',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
};
const PLAIN_LETTERS = /[ıłøđßæœ]/g;
/** Uzbek letter marks and quotes: people leave them out, so a lookup must not depend on them. */
const APOSTROPHES = /['"`´‘’‚“”„«»ʹʺʻʼʽʾʿˈ′″]/g;

/**
 * One spelling for each name: lower case, no marks on Latin letters, no apostrophes, ё as е, and a single space for
 * anything else between letters and digits. Cyrillic marks stay: й is not и.
 */
export const foldName = (text: string): string =>
  text
    // Also before NFKC, which turns ´ into a space.
    .replace(APOSTROPHES, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(APOSTROPHES, '')
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .replaceAll('ё', 'е')
    .replace(PLAIN_LETTERS, (letter) => PLAIN[letter]!)
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
