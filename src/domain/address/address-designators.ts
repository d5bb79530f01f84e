import type { Token } from './address-token.ts';
import { isKazakhTown, isKnownTown, isUzbekTown } from './address-towns.ts';
import { settlementOf } from './address-vocabulary.ts';
import { beginsName, isStreetsInitial } from './street-name.ts';
import { mayBeStreets } from './unit-value.ts';

const POSTCODE = /^\d{5,}$/;
/** "Узбекистан г. Ташкент", "Московская обл. г. Химки": a town may stand behind them without a comma. */
const BEFORE_TOWNS: ReadonlySet<string> = new Set(['россия', 'узбекистан', 'область', 'край']);

/** A word that can be the name of a town: not one letter, not a word of the address. */
const isName = (token: Token | undefined): boolean => token?.kind === 'word';

/** "дом 13", "12 uy": the number says enough. "Торговый дом" and the one of "Белый дом, 5" stay. */
const isHouseWord = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'house') return false;
  const isName = before?.kind === 'word' && !token.gap && next?.gap === true;
  return (next?.kind === 'number' && !isName) || before?.kind === 'number';
};

/** The 13 of "дом 13", but not of "12 дом, 13", "12 дом 13-я Парковая" and "12 дом 13 проезд". */
const ownsNext = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  const mayHaveOwn = token?.gap === false && before?.kind === 'number' && !POSTCODE.test(before.text);
  if (next?.kind !== 'number' || !mayHaveOwn) return next?.kind === 'number';
  return !next.gap && !next.ordinal && !mayBeStreets(tokens, at + 1);
};

/** "г. Москва", "город Москва" where a town can stand: first in a part, or after a number or a block. */
const isCityBeforeName = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const token = tokens[at];
  if (token === undefined || !isName(tokens[at + 1])) return false;
  const follows = token.gap || before === undefined || before.kind === 'number' || before.kind === 'block';
  if (!follows && !BEFORE_TOWNS.has(before.text)) return false;
  // "32 г Москва": the house's letter or the town's? Nobody can tell, so the letter stays.
  const doubtful = token.kind === 'letter' && !token.dot && !token.gap && before?.kind === 'number';
  if (doubtful && !POSTCODE.test(before.text)) return false;
  return token.kind === 'city' || !isStreetsInitial(tokens, at);
};

/** "Москва г, Тверская ул", "Москва г ул. Тверская": a part made of a name and the letter, or what begins it. */
const isCityAfterName = (tokens: readonly Token[], at: number): boolean => {
  const next = tokens[at + 1];
  const isBeforeType = next?.kind === 'type' && !next.follows && beginsName(tokens, at + 2);
  if (next?.gap === false && !isBeforeType) return false;
  let start = at;
  while (start > 0 && tokens[start]?.gap === false && isName(tokens[start - 1])) start -= 1;
  return start < at && (start === 0 || tokens[start]?.gap === true);
};

const AREAS: ReadonlySet<string> = new Set(['tumani', 'viloyati', 'тумани', 'вилояти', 'sh']);

/** The name of a town in front of "sh.", but not the tumani, shahri and sh. of "sh. Sh. Rashidov". */
const isTownsName = (tokens: readonly Token[], at: number): boolean =>
  isName(tokens[at]) && !AREAS.has(tokens[at]?.text ?? '');

/**
 * "Тошкент ш.", "Чуст ш., Бобур кўчаси": шаҳри behind an Uzbek town, and where an Uzbek street follows; шоссе
 * elsewhere.
 */
const isUzbekSh = (tokens: readonly Token[], at: number, lastUzbekStreet: number): boolean =>
  isTownsName(tokens, at - 1) &&
  tokens[at]?.gap === false &&
  (isUzbekTown(tokens[at - 1]?.text ?? '') || lastUzbekStreet > at);

/** For each place, how many street types its part between commas has. */
const typesOfParts = (tokens: readonly Token[]): readonly number[] => {
  const types: number[] = [];
  let part = 0;
  const parts = tokens.map(({ gap, kind }) => {
    if (gap) part += 1;
    types[part] = (types[part] ?? 0) + (kind === 'type' ? 1 : 0);
    return part;
  });
  return parts.map((own) => types[own] ?? 0);
};

const isDottedSh = ({ text, dot }: Token): boolean => text === 'шоссе' && dot;

/** "Тошкент ш." is no street, whatever else stands in the address, nor is an initial. */
export const withShRead = (tokens: readonly Token[]): readonly Token[] => {
  if (!tokens.some(isDottedSh)) return tokens;
  const lastUzbekStreet = tokens.findLastIndex(({ kind, follows }) => kind === 'type' && follows);
  const types = typesOfParts(tokens);
  return tokens.map((token, at) => {
    if (!isDottedSh(token)) return token;
    if (isUzbekSh(tokens, at, lastUzbekStreet))
      return { ...token, kind: 'suffix', text: 'шаҳри', follows: true };
    // "ул. Ш. Руставели", "Ш. Руставели ул.": the part has its street type, and a name follows.
    const leadsName = isName(tokens[at + 1]) && tokens[at + 1]?.gap === false;
    return leadsName && types[at]! > 1 ? { ...token, kind: 'letter', text: 'ш' } : token;
  });
};

/** "Toshkent shahar" is the town, "Eski shahar" and "Shahar koʻchasi" are names. */
const isTownsShahar = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.gap !== false || !isKnownTown(before?.text ?? '')) return false;
  return next === undefined || next.gap || (next.kind !== 'type' && next.kind !== 'wide');
};

/** "д. Ивановка", "с. Ивановка": first in a part, and no initial of a street's name. */
const settlementAt = (tokens: readonly Token[], at: number): string | undefined => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'letter' || !token.dot || !token.gap || !isName(next) || next?.gap !== false)
    return undefined;
  return isStreetsInitial(tokens, at) ? undefined : settlementOf(token.text);
};

/** Lone letters in front of a village are words of their own. */
export const withSettlements = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) => {
    const settlement = settlementAt(tokens, at);
    return settlement === undefined ? token : { ...token, text: settlement, kind: 'word' };
  });

/** "шаҳри Самарқанд", but not "Шаҳри Сабз" and "Шаҳри Тошкент кўчаси". */
const isSuffixBeforeTown = (tokens: readonly Token[], at: number): boolean => {
  const [next, after] = [tokens[at + 1], tokens[at + 2]];
  const isTown = next?.gap === false && isUzbekTown(next.text);
  return isTown && tokens[at]?.gap === true && (after === undefined || after.gap);
};

/**
 * "Тошкент ш, Чилонзор" without its dot only where the part ends, and "Алматы қ. Абай көшесі": behind towns that are
 * known.
 */
const isTownsLetter = (tokens: readonly Token[], at: number): boolean => {
  // Not what is kept: the second of "Алматы қ. Қ. Абдрахманов көшесі" is an initial.
  const [town = '', token, next] = [tokens[at - 1]?.text, tokens[at], tokens[at + 1]];
  if (token?.gap !== false) return false;
  if (token.text === 'ш') return isUzbekTown(town) && next?.gap !== false;
  return token.text === 'қ' && isKazakhTown(town) && (token.dot || next?.gap !== false);
};

/** "g. Tashkent, ul. Navoi": in Latin letters only in front of a town that is known, and of nothing else. */
const isLatinCityLetter = (tokens: readonly Token[], at: number): boolean => {
  const [token, next, after] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (token?.text !== 'g' || !token.dot || !token.gap || next?.gap !== false) return false;
  return isKnownTown(next.text) && (after === undefined || after.gap);
};

/** "Москва город, ул. Мира", but "Новый город" is a name. */
const isCityBehindTown = (tokens: readonly Token[], at: number, before: Token | undefined): boolean =>
  tokens[at]?.gap === false && isKnownTown(before?.text ?? '') && tokens[at + 1]?.gap !== false;

const isCityWord = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const token = tokens[at];
  if (token === undefined) return false;
  if (token.kind === 'suffix') return (isName(before) && !token.gap) || isSuffixBeforeTown(tokens, at);
  if (isTownsLetter(tokens, at) || isLatinCityLetter(tokens, at)) return true;
  if (token.text === 'shahar' || token.text === 'шаҳар') return isTownsShahar(tokens, at, before);
  if (token.text === 'sh') {
    const next = tokens[at + 1];
    return (
      (token.dot || next?.gap === true) && !token.gap && isTownsName(tokens, at - 1) && next?.kind !== 'type'
    );
  }
  if (token.kind === 'letter' && token.text === 'г') {
    return isCityBeforeName(tokens, at, before) || isCityAfterName(tokens, at);
  }
  return (
    token.kind === 'city' && (isCityBeforeName(tokens, at, before) || isCityBehindTown(tokens, at, before))
  );
};

/** "город Навои ул. Ташкент": the town is one word, and behind it begins a street. */
const isBeforeStreet = (tokens: readonly Token[], at: number): boolean => {
  const [town, type] = [tokens[at + 1], tokens[at + 2]];
  if (!isName(town) || town?.gap !== false || type?.kind !== 'type') return false;
  return !type.gap && !type.follows && beginsName(tokens, at + 3);
};

/**
 * Leaves out what says only "here comes a town" or "here comes a house". The number of a house stands apart for that,
 * as if there were commas: "дом 3 Парковая ул." is not "3 Парковая ул.". So does a town in front of a street.
 */
export const withoutDesignators = (tokens: readonly Token[]): readonly Token[] => {
  const kept: Token[] = [];
  let gap = false;
  let behindHouse = -1;
  let behindTown = -1;
  for (const [at, token] of tokens.entries()) {
    const before = kept.at(-1);
    gap ||= token.gap || at === behindHouse || at === behindTown;
    if (isHouseWord(tokens, at, before)) {
      if (ownsNext(tokens, at, before)) behindHouse = at + 2;
      else if (before !== undefined) kept.splice(-1, 1, { ...before, gap: true, ordinal: false });
      gap = true;
    } else if (!isCityWord(tokens, at, before)) {
      // The comma keeps "Белый дом, 5" from being read as "Белый дом 5" again.
      const text =
        token.kind === 'house' && tokens[at + 1]?.kind === 'number' ? `${token.text},` : token.text;
      kept.push({ ...token, gap, text });
      gap = false;
    } else if (isBeforeStreet(tokens, at)) behindTown = at + 2;
  }
  return kept;
};
