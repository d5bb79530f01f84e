import { canonicalAddress } from '../../../domain/address/canonical-address.ts';
import { foldName } from './fold-name.ts';
import type { Country, Named, PlaceIndex } from './place-index.ts';

export const wordSet = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** "City of", before or after the name. Folded, so without dots and apostrophes. */
const BEFORE_CITY = wordSet('г гор город');
const AFTER_CITY = wordSet('ш sh shahar shahri шахар шахри шаҳар шаҳри қ қаласы');
/** These, and words that do not tell where in a row of words the name of the place is. */
export const CITY_WORDS: ReadonlySet<string> = new Set([
  ...BEFORE_CITY,
  ...AFTER_CITY,
  ...wordSet('с село п пос поселок пгт рп д дер деревня х хутор станица city town village tuman'),
  // "п.г.т.", "р.п.", "ст-ца"
  ...wordSet('т городского типа р рабочий ст ца'),
]);

/** "область г. Термез ул. Мира", "вилояти Термиз шаҳри Чилонзор": the words beside such a word, longest run first. */
export const besideCityWords = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, at) => {
    const sizes = [3, 2, 1];
    if (BEFORE_CITY.has(word)) return sizes.map((size) => words.slice(at + 1, at + 1 + size).join(' '));
    return AFTER_CITY.has(word) ? sizes.map((size) => words.slice(Math.max(0, at - size), at).join(' ')) : [];
  });

/** Expands "мск" and "Н. Новгород", and finds towns without "shahri", as the keys of the cache do. */
const inFull = (name: string): string => foldName(canonicalAddress(name));

/** "U.K." is folded to single letters. */
export const countryNamed = (words: readonly string[], index: PlaceIndex): Country | undefined => {
  const name = words.join(words.every((word) => word.length === 1) ? '' : ' ');
  return index.countryNamed(name) ?? (words.length > 1 ? index.countryNamed(inFull(name)) : undefined);
};

/**
 * If another name of the place is short for its main name, the main name is used, so that spellings with the same cache
 * key have the same score.
 */
export const placesNamed = (name: string, index: PlaceIndex): readonly Named[] => {
  const found = index.named(name);
  const [best] = found;
  if (best === undefined || best.exact) return found;
  const full = index.named(inFull(name));
  return full[0]?.exact === true && full[0].place === best.place ? full : found;
};

export const cityNamed = (words: readonly string[], index: PlaceIndex): readonly Named[] => {
  const whole = placesNamed(words.join(' '), index);
  if (whole.length > 0) return whole;
  let from = 0;
  let to = words.length;
  while (from < to - 1 && CITY_WORDS.has(words[from]!)) from += 1;
  while (to - 1 > from && CITY_WORDS.has(words[to - 1]!)) to -= 1;
  return to - from === words.length ? whole : placesNamed(words.slice(from, to).join(' '), index);
};
