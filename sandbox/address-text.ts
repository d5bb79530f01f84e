import {
  buildingWords,
  countryNames,
  houseWords,
  houseWordsBehind,
  regionWords,
  streetTypes,
  townWords,
  unitWords,
} from './address-words.ts';
import { cities, type City } from './cities.ts';
import { memo } from './memo.ts';

/** A word in the form that is compared, and as written. `glue` is the character before it. */
type Word = { readonly fold: string; readonly text: string; readonly glue: ' ' | '-' };

export type ParsedAddress = {
  readonly city: City;
  /** As written, with street types spelled out; empty if none is named. */
  readonly street: string;
  /** Upper case, building parts appended; empty if none is named. */
  readonly house: string;
  /** Equal for spellings that differ only in case, punctuation, abbreviations and word order. */
  readonly key: string;
};

const foldWord = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[ʻʼ‘’`´′]/gu, "'");

const wordsOf = (part: string): Word[] =>
  part
    .replace(/["«»“”„]/gu, '')
    .split(/[\s.()]+/u)
    .flatMap((text): Word[] => {
      const bare = text.replace(/^-+|-+$/gu, '');
      const fold = foldWord(bare);
      if (bare === '') return [];
      // "пр-т" is one word, "12-uy" and "Санкт-Петербург" are two, "1-я" is an ordinal of one.
      if (streetTypes.has(fold) || regionWords.has(fold)) return [{ fold, text: bare, glue: ' ' }];
      const ordinal = /^(\d+)-(?:го|ая|я|й|st|nd|rd|th)$/u.exec(fold);
      if (ordinal) return [{ fold: `${ordinal[1]}-`, text: bare, glue: ' ' }];
      return bare
        .split('-')
        .map((piece, index) => ({ fold: foldWord(piece), text: piece, glue: index === 0 ? ' ' : '-' }));
    });

const aliases: ReadonlyMap<string, City> = new Map(
  cities.flatMap((city) =>
    [...Object.values(city.names), ...city.aliases].map(
      (name) => [foldWord(name).replaceAll('-', ' '), city] as const,
    ),
  ),
);

const joined = (words: readonly Word[]): string => words.map((word) => word.fold).join(' ');

/** A part that consists only of a city wins over a city's name inside a street: "London Road, Tashkent". */
const findCity = (parts: readonly Word[][]): { city: City; rest: Word[][] } | undefined => {
  for (const part of parts) {
    const city = aliases.get(joined(part.filter((word) => !townWords.has(word.fold))));
    if (city) return { city, rest: parts.filter((other) => other !== part) };
  }
  for (const part of parts) {
    for (let length = 3; length > 0; length -= 1) {
      for (let start = 0; start + length <= part.length; start += 1) {
        const city = aliases.get(joined(part.slice(start, start + length)));
        if (!city) continue;
        const others = [...part.slice(0, start), ...part.slice(start + length)];
        const left = others.filter((word) => !townWords.has(word.fold));
        return { city, rest: parts.map((other) => (other === part ? left : other)) };
      }
    }
  }
  return undefined;
};

const isNoise = (part: readonly Word[]): boolean =>
  countryNames.has(joined(part)) || part.some((word) => regionWords.has(word.fold));

const isPostcode = (words: readonly Word[], at: number): boolean => {
  const fold = words[at]?.fold ?? '';
  if (/^\d{5,6}$/u.test(fold)) return true;
  const british = (first: number): boolean =>
    /^[a-z]{1,2}\d[a-z\d]?$/u.test(words[first]?.fold ?? '') &&
    /^\d[a-z]{2}$/u.test(words[first + 1]?.fold ?? '');
  return british(at) || british(at - 1);
};

const houseNumber = /^\d{1,4}[a-zа-я]?(?:\/\d+[a-zа-я]?)?$/u;
const joinedBuilding = /^(к|корп|с|стр)(\d+)$/u;

type Reading = { street: { at: number; word: Word }[]; house?: { at: number; word: Word; sure: boolean } };

const takeHouse = (reading: Reading, at: number, word: Word, sure: boolean): void => {
  const before = reading.house;
  if (before?.sure && !sure) return void reading.street.push({ at, word });
  if (before && !before.sure) reading.street.push(before);
  reading.house = { at, word, sure };
};

const extendHouse = (reading: Reading, suffix: string): void => {
  const { house } = reading;
  if (house) reading.house = { ...house, word: { ...house.word, fold: house.word.fold + suffix } };
};

/** Reads the word at `at`, and returns how many words were consumed. */
const readWord = (reading: Reading, words: readonly Word[], at: number): number => {
  const word = words[at];
  const next = words[at + 1]?.fold ?? '';
  if (!word || isPostcode(words, at)) return 1;
  const { fold } = word;
  const nextIsNumber = houseNumber.test(next);
  if (reading.house && unitWords.has(fold) && nextIsNumber) return 2;
  if (houseWords.has(fold) && words[at + 1] && nextIsNumber) {
    takeHouse(reading, at, words[at + 1] ?? word, true);
    return 2;
  }
  const building = buildingWords.get(fold);
  if (building && reading.house && /^(?:\d+|[a-zа-я])$/u.test(next)) {
    extendHouse(reading, ` ${building}${next}`);
    return 2;
  }
  const glued = joinedBuilding.exec(fold);
  if (glued && reading.house) {
    extendHouse(reading, ` ${buildingWords.get(glued[1] ?? '')}${glued[2]}`);
    return 1;
  }
  if (houseNumber.test(fold)) {
    if (reading.house && unitWords.has(next)) return 2;
    const named = houseWordsBehind.has(next);
    takeHouse(reading, at, word, named);
    return named ? 2 : 1;
  }
  if (/^[a-zа-я]$/u.test(fold) && reading.house?.at === at - 1) {
    extendHouse(reading, fold);
    return 1;
  }
  reading.street.push({ at, word });
  return 1;
};

/** Latin letters that look and sound like Cyrillic ones; B, C, H, P, X and Y have a different sound. */
const lookAlikes: Readonly<Record<string, string>> = { a: 'а', k: 'к', m: 'м', o: 'о', t: 'т', e: 'е' };
const foldHouse = (house: string): string =>
  house.replace(/[a-z]/gu, (letter) => lookAlikes[letter] ?? letter);

/** Undefined when no known city is named: nonsense, or a street without its town. */
export const parseAddress = memo(20_000, (address: string): ParsedAddress | undefined => {
  const parts = address
    .replaceAll('№', ' ')
    .normalize('NFKC')
    .replace(/[‐‑‒–—−]/gu, '-')
    .split(/[,;]/u)
    .map(wordsOf)
    .filter((part) => part.length > 0);
  const found = findCity(parts);
  if (!found) return undefined;
  const words = found.rest.filter((part) => !isNoise(part)).flat();
  const reading: Reading = { street: [] };
  for (let at = 0; at < words.length;) at += readWord(reading, words, at);
  const named = reading.street.toSorted((a, b) => a.at - b.at).map(({ word }) => word);
  const house = reading.house?.word.fold ?? '';
  const folded = named.map(({ fold }) => streetTypes.get(fold) ?? fold).toSorted();
  return {
    city: found.city,
    street: named
      .map(({ fold, text, glue }) => glue + (streetTypes.get(fold) ?? text))
      .join('')
      .trim(),
    house: house.toUpperCase(),
    key: `${found.city.id}|${folded.join(' ')}|${foldHouse(house)}`,
  };
});
