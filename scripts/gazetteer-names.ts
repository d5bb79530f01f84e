import { UNCOUNTED_TOWNS } from './gazetteer-additions.ts';
import { RUSSIAN_NAMES, UZBEK_NAMES } from './gazetteer-known-names.ts';

/** Pronunciation and spelling of names in Russian and Uzbek. Used by build-gazetteer.ts only. */

/** Converts the old Latin alphabet and its diacritics to today's letters: "Qŭnghirot" is Qoʻngʻirot. */
const inTodaysLetters = (name: string): string =>
  name
    .replaceAll('ŭ', 'oʻ')
    .replaceAll('Ŭ', 'Oʻ')
    .replace(/(?<=g)h/gi, 'ʻ')
    .replace(/(?<=[og])[‘’'ʼ`]/gi, 'ʻ');

/** For an Uzbek town, the Uzbek name if it differs from the main name; elsewhere the Uzbek name if we know it. */
export const uzbekName = (geonameId: string, country: string, name: string): string => {
  const known = UZBEK_NAMES[geonameId];
  if (known !== undefined || country !== 'UZ') return known ?? '';
  const official = inTodaysLetters(name);
  return official === name ? '' : official;
};

const DIGRAPHS: readonly (readonly [latin: string, cyrillic: string])[] = [
  ['oʻ', 'ў'],
  ['gʻ', 'ғ'],
  ['sh', 'ш'],
  ['ch', 'ч'],
  ['yo', 'ё'],
  ['yu', 'ю'],
  ['ya', 'я'],
  ['ye', 'е'],
];
const LETTERS: { readonly [latin: string]: string } = Object.fromEntries(
  Array.from('abdefghijklmnopqrstuvxyz', (letter, at) => [letter, 'абдефгҳижклмнопқрстувхйз'[at]!]),
);

/** Official Uzbek Latin to Uzbek Cyrillic, lower case. Undefined if a letter is not in the Uzbek alphabet. */
export const uzbekCyrillic = (latin: string): string | undefined => {
  let rest = latin
    .toLowerCase()
    .replace(/[‘’'ʼ`]/g, 'ʻ')
    .replaceAll('ŭ', 'oʻ')
    .replaceAll('gh', 'gʻ');
  let text = '';
  while (rest !== '') {
    const digraph = DIGRAPHS.find(([from]) => rest.startsWith(from));
    const letter = rest[0]!;
    const next = digraph?.[1] ?? (/[\s-]/.test(letter) ? letter : LETTERS[letter]);
    if (next === undefined) return undefined;
    text += next;
    rest = rest.slice(digraph?.[0].length ?? 1);
  }
  return text;
};

const RUSSIAN_TO_LATIN: { readonly [cyrillic: string]: string } = {
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  д: 'd',
  е: 'e',
  ё: 'e',
  ж: 'j',
  з: 'z',
  и: 'i',
  й: 'i',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ф: 'f',
  х: 'h',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'sh',
  ъ: '',
  ы: 'i',
  ь: '',
  э: 'e',
  ю: 'u',
  я: 'a',
};

const bare = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC');

/** Transliteration that keeps и and ы apart, as the main names do. */
const exactSound = (text: string): string =>
  Array.from(bare(text))
    .map(
      (letter) =>
        ({ ы: 'y', й: 'y', ж: 'zh', х: 'kh', щ: 'shch' })[letter] ?? RUSSIAN_TO_LATIN[letter] ?? letter,
    )
    .join('')
    .replace(/[^a-z]/g, '');

/** Maps both alphabets to one rough phonetic form, so that `Nizhniy` and `Нижний` are equal. */
const sound = (text: string): string =>
  Array.from(bare(text))
    .map((letter) => RUSSIAN_TO_LATIN[letter] ?? letter)
    .join('')
    .replaceAll('shch', 'sh')
    .replaceAll('kh', 'h')
    .replaceAll('zh', 'j')
    .replace(/y(?=[eaou])/g, '')
    .replace(/iy|yy|y/g, 'i')
    .replace(/ii+/g, 'i')
    .replaceAll('c', 'k')
    .replaceAll('w', 'v')
    .replaceAll('ph', 'f')
    .replace(/[^a-z]/g, '');

const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substituted = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
};

/** The share of letters that may differ between a name and its Russian form. */
const LEAST_LIKE = 0.34;

/**
 * Letters that distinguish Russian from its neighbours in the same column, and letter groups that do not occur in
 * Russian.
 */
const RUSSIAN_LETTERS = /[ьйэщё-]|ъ(?=[еёюя])/gi;
const OTHER_GROUPS = /[жшчщ]ы|[нмр]ь(?=[а-я])|[сзц]ьк|ць|тс(?!к)|ък|ъ(?![еёюя])/gi;
const russianness = (spelling: string): number =>
  (spelling.match(RUSSIAN_LETTERS)?.length ?? 0) - 2 * (spelling.match(OTHER_GROUPS)?.length ?? 0);

/** The Russian name if we know it; nothing is guessed. */
export const knownRussianName = (geonameId: string): string =>
  RUSSIAN_NAMES[geonameId] ?? UNCOUNTED_TOWNS[geonameId] ?? '';

/** The Cyrillic spelling that sounds most like the main name; empty if none is close. */
export const likelyRussianName = (name: string, cyrillic: readonly string[]): string => {
  const target = sound(name);
  const exactTarget = exactSound(name);
  const [best] = cyrillic
    .filter((spelling) => /^[А-ЯЁ][А-ЯЁа-яё -]*$/.test(spelling))
    .map((spelling) => ({
      spelling,
      distance: editDistance(sound(spelling), target),
      // A Russian letter outweighs one differing letter, a non-Russian group two.
      unlikely: editDistance(exactSound(spelling), exactTarget) - 1.1 * russianness(spelling),
    }))
    .toSorted((a, b) => a.distance - b.distance || a.unlikely - b.unlikely);
  return best !== undefined && best.distance <= Math.max(1, target.length * LEAST_LIKE) ? best.spelling : '';
};
