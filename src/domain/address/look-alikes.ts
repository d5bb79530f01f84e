/** Pairs of letters that look alike in at least one case, Latin letter first. */
const PAIRS = 'aаbвcсeеhнkкmмoоpрtтxхyу';

const toCyrillic = new Map<string, string>([['ë', 'е']]);
const toLatin = new Map<string, string>();
for (let at = 0; at < PAIRS.length; at += 2) {
  toCyrillic.set(PAIRS.charAt(at), PAIRS.charAt(at + 1));
  toLatin.set(PAIRS.charAt(at + 1), PAIRS.charAt(at));
}

const IS_LATIN = /[a-z\u00DF-\u024F]/;
const IS_CYRILLIC = /[\u0400-\u052F]/;

/** The word with every letter of `from` replaced; undefined when a letter has no look-alike. */
const folded = (word: string, from: RegExp, table: ReadonlyMap<string, string>): string | undefined => {
  let result = '';
  for (const letter of word) {
    const other = from.test(letter) ? table.get(letter) : letter;
    if (other === undefined) return undefined;
    result += other;
  }
  return result;
};

/**
 * Converts a word of mixed scripts to Cyrillic if all its Latin letters have look-alikes, else to Latin if all others
 * have.
 */
export const inOneScript = (word: string): string =>
  folded(word, IS_LATIN, toCyrillic) ?? folded(word, IS_CYRILLIC, toLatin) ?? word;

/**
 * Only these agree in both look and sound. B, C, H, P, X and Y are different letters in the two scripts and are kept
 * apart.
 */
const SAFE_LETTER = /[akmote]/;

/** The single letter of a house, converted from Latin to Cyrillic where that is certain. */
export const houseLetter = (letter: string): string =>
  SAFE_LETTER.test(letter) ? (toCyrillic.get(letter) ?? letter) : letter;
