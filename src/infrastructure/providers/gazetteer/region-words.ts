import { wordSet } from './place-names.ts';

/** For regions and districts. Folded, so "р-н" is two. */
export const REGION_WORDS = wordSet(
  'обл область край респ республика ао район р н округ viloyat viloyati вилоят вилояти tuman tumani туман тумани region oblast province state county district respublikasi',
);

/** More than any address names: each is looked up by itself. */
const MOST_REGIONS = 3;

/**
 * "Ташкентская обл Чирчик", "Ташкент Мирзо-Улугбекский р-н", "Республика Каракалпакстан Нукус": what is left beside a
 * region without its name, of one word or two, which stands before the word for it where anything does.
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

/** Where words for regions stand. "р-н" is two, "Н. Новгород" has none. */
const regionsIn = (words: readonly string[]): readonly { readonly at: number; readonly size: number }[] =>
  words.flatMap((word, at) => {
    if (word === 'р' && words[at + 1] === 'н') return [{ at, size: 2 }];
    return word.length > 1 && REGION_WORDS.has(word) ? [{ at, size: 1 }] : [];
  });
