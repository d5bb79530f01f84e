import type { Named, PlaceIndex } from './place-index.ts';
import { wordSet } from './place-names.ts';

/** Words for regions and districts. Folded, so "р-н" is two words. */
export const REGION_WORDS = wordSet(
  'обл область край респ республика ао район р н округ viloyat viloyati вилоят вилояти tuman tumani туман тумани region oblast province state county district respublikasi',
);

/** More than any address names, since each is looked up separately. */
const MOST_REGIONS = 3;

/**
 * "Ташкентская обл Чирчик", "Ташкент Мирзо-Улугбекский р-н", "Республика Каракалпакстан Нукус": what remains when a
 * region is removed together with its name, which has one or two words and precedes the word for it wherever possible.
 */
export const besideRegion = (words: readonly string[]): readonly (readonly string[])[] =>
  regionsIn(words)
    .slice(0, MOST_REGIONS)
    .flatMap(({ at, size }) => {
      const after = words.slice(at + size);
      return at === 0
        ? [after.slice(1)]
        : [after, words.slice(0, at - 1), words.slice(0, Math.max(0, at - 2))];
    })
    .filter((rest) => rest.length > 0);

/** Positions of words for regions. "р-н" is two words; "Н. Новгород" contains none. */
const regionsIn = (words: readonly string[]): readonly { readonly at: number; readonly size: number }[] =>
  words.flatMap((word, at) => {
    if (word === 'р' && words[at + 1] === 'н') return [{ at, size: 2 }];
    return word.length > 1 && REGION_WORDS.has(word) ? [{ at, size: 1 }] : [];
  });

/** Unlike районы and tumanlar, whose names may be those of regions elsewhere: "Красноярский район". */
const BESIDE_NAME = wordSet(
  'обл область край респ республика ао автономный viloyat viloyati вилоят вилояти respublikasi region oblast province',
);
const BEFORE_NAME = wordSet('респ республика');
/** "Московская" alone may be a street, and so may "Samarqand". */
const ADJECTIVE = /(?:ая|ий|ый|ой)$/;

/** Codes of the regions that a text names. `sure`: those that cannot be anything else. */
export type NamedRegions = { readonly codes: readonly string[]; readonly sure: readonly string[] };

/** "5", "12а", "дом 5": the part before such a part is a street, as in "Ташкент, Крым, 5". A postcode is no house. */
const HOUSE_ALONE = /^(?:(?:дом|д|house) )?\d{1,4}\p{L}?(?: (?:uy|уй|\p{L}))?(?: \d{1,3})?$/u;

/**
 * Finds regions in the words of each part: beside a word for a region, or as a part of its own. `mayDecide`: the part
 * at this position counts as that region although it may also be a town.
 */
export const regionsNamed = (
  parts: readonly (readonly string[])[],
  index: PlaceIndex,
  mayDecide: (at: number, code: string) => boolean,
): NamedRegions => {
  const sure: string[] = [];
  const doubtful: string[] = [];
  for (const [at, words] of parts.entries()) {
    const beside = words.flatMap((word, place) => {
      const keys = BESIDE_NAME.has(word) ? namesBeside(words, place) : [];
      return keys.map((key) => index.regionNamed(key)).find((code) => code !== undefined) ?? [];
    });
    const key = words.join(' ');
    sure.push(...beside);
    const alone = HOUSE_ALONE.test(parts[at + 1]?.join(' ') ?? '') ? undefined : index.regionNamed(key);
    if (alone === undefined || !mayDecide(at, alone)) continue;
    const isSure = !ADJECTIVE.test(key) && index.named(key).length === 0;
    (isSure ? sure : doubtful).push(alone);
  }
  return { codes: [...sure, ...doubtful], sure };
};

/** "Воронежская область" and nothing else. */
export const isWholeRegion = (words: readonly string[], index: PlaceIndex): boolean =>
  BESIDE_NAME.has(words.at(-1) ?? '') && index.regionNamed(words.slice(0, -1).join(' ')) !== undefined;

/** "Архангельская область", "Республика Северная Осетия", longest name first. */
const namesBeside = (words: readonly string[], at: number): readonly string[] => [
  ...[2, 1].filter((size) => size <= at).map((size) => words.slice(at - size, at).join(' ')),
  ...(BEFORE_NAME.has(words[at]!) ? [2, 1].map((size) => words.slice(at + 1, at + 1 + size).join(' ')) : []),
];

/**
 * Of several places with the same name, those in a named region, if there are any; and none in a country other than the
 * region's.
 */
export const inRegions = (places: readonly Named[], { codes, sure }: NamedRegions): readonly Named[] => {
  const inside = places.filter(({ place }) => codes.includes(place.region));
  if (inside.length > 0 || sure.length === 0) return inside.length > 0 ? inside : places;
  return places.filter(({ place }) => sure.some((code) => code.startsWith(place.countryCode)));
};
