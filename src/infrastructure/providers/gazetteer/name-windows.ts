import { CITY_WORDS, wordSet } from './place-names.ts';

export const STREET_WORDS = wordSet(
  'ул улица пр проспект просп пер переулок пл площадь наб набережная бульвар бул шоссе проезд туп тупик аллея ' +
    'kochasi kuchasi kocha кучаси кўчаси кўча street st avenue ave road rd square sq lane ln drive dr boulevard blvd ' +
    'мкр мкрн микрорайон массив квартал mavze мавзе kvartal daha даха',
);
const BLOCK_WORDS = wordSet('мкр мкрн микрорайон квартал mavze мавзе kvartal daha даха');
const DIGIT = /\d/;
const LONGEST_NAME = 4;

/**
 * Candidate names at either end of a run of words, longest first and those of the same length together; never the name
 * of the street itself.
 */
export const windowsOf = (tokens: readonly string[]): readonly (readonly string[])[] => {
  const words = tokens.filter((token) => !CITY_WORDS.has(token));
  const found: (readonly string[])[] = [];
  for (let size = Math.min(LONGEST_NAME, words.length); size > 0; size -= 1) {
    const start = words.slice(0, size);
    const end = words.slice(-size);
    // "Самара ул. 5" and "ул. Самара": a name that stands alone with the street word is the street's.
    const namesStreetAfter =
      STREET_WORDS.has(words[size] ?? '') &&
      !isNumberedBlock(words, size) &&
      !words.slice(size).some(isStreetName);
    const before = words.slice(0, -size);
    const namesStreetBefore = STREET_WORDS.has(before.at(-1) ?? '') && !before.some(isStreetName);
    const names = [...(namesStreetAfter ? [] : [start]), ...(namesStreetBefore ? [] : [end])];
    found.push(names.filter(isName).map((name) => name.join(' ')));
  }
  return found;
};

/** "Самарканд мкр 5": the number is the name of the block. */
const isNumberedBlock = (words: readonly string[], at: number): boolean =>
  BLOCK_WORDS.has(words[at] ?? '') && DIGIT.test(words[at + 1] ?? '');

const HOUSE_WORDS = wordSet('дом кв квартира корпус uy xonadon house flat apt');
const NUMBER_ALONE = /^\d+(?!\d|st$|nd$|rd$|th$)/;
/** "5th" is a street name. */
const isStreetName = (word: string): boolean =>
  !NUMBER_ALONE.test(word) && !STREET_WORDS.has(word) && !HOUSE_WORDS.has(word);

const isName = (words: readonly string[]): boolean =>
  words.some((word) => word.length > 2) && !words.some((word) => STREET_WORDS.has(word));
