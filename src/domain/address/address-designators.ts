import type { Token } from './address-token.ts';
import { isKazakhTown, isKnownTown, isUzbekTown } from './address-towns.ts';
import { settlementOf } from './address-vocabulary.ts';
import { beginsName, isStreetsInitial } from './street-name.ts';
import { mayBeStreets } from './unit-value.ts';

const POSTCODE = /^\d{5,}$/;
/** Words after which a town may follow without a comma: "Узбекистан г. Ташкент", "Московская обл. г. Химки". */
const BEFORE_TOWNS: ReadonlySet<string> = new Set(['россия', 'узбекистан', 'область', 'край']);

/** A word that may be the name of a town: not a single letter, and not an address word. */
const isName = (token: Token | undefined): boolean => token?.kind === 'word';

/** "дом 13", "12 uy": the number alone says enough. Kept where it is part of a name: "Торговый дом", "Белый дом, 5". */
const isHouseWord = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'house') return false;
  const isName = before?.kind === 'word' && !token.gap && next?.gap === true;
  return (next?.kind === 'number' && !isName) || before?.kind === 'number';
};

/**
 * Whether the number after the word for "house" belongs to it: the 13 of "дом 13", but not that of "12 дом, 13", "12
 * дом 13-я Парковая" or "12 дом 13 проезд".
 */
const ownsNext = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  const mayHaveOwn = token?.gap === false && before?.kind === 'number' && !POSTCODE.test(before.text);
  if (next?.kind !== 'number' || !mayHaveOwn) return next?.kind === 'number';
  return !next.gap && !next.ordinal && !mayBeStreets(tokens, at + 1);
};

/** "г. Москва", "город Москва" in a position where a town can stand: first in a part, or after a number or a block. */
const isCityBeforeName = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const token = tokens[at];
  if (token === undefined || !isName(tokens[at + 1])) return false;
  const follows = token.gap || before === undefined || before.kind === 'number' || before.kind === 'block';
  if (!follows && !BEFORE_TOWNS.has(before.text)) return false;
  // In "32 г Москва" the letter may belong to the house or to the town, so it is kept.
  const doubtful = token.kind === 'letter' && !token.dot && !token.gap && before?.kind === 'number';
  if (doubtful && !POSTCODE.test(before.text)) return false;
  return token.kind === 'city' || !isStreetsInitial(tokens, at);
};

/** "Москва г, Тверская ул", "Москва г ул. Тверская": the letter follows a name that begins a part. */
const isCityAfterName = (tokens: readonly Token[], at: number): boolean => {
  const next = tokens[at + 1];
  const isBeforeType = next?.kind === 'type' && !next.follows && beginsName(tokens, at + 2);
  if (next?.gap === false && !isBeforeType) return false;
  let start = at;
  while (start > 0 && tokens[start]?.gap === false && isName(tokens[start - 1])) start -= 1;
  return start < at && (start === 0 || tokens[start]?.gap === true);
};

const AREAS: ReadonlySet<string> = new Set(['tumani', 'viloyati', 'тумани', 'вилояти', 'sh']);

/** A town's name before "sh.". In "sh. Sh. Rashidov" the words tumani, shahri and sh. are no such names. */
const isTownsName = (tokens: readonly Token[], at: number): boolean =>
  isName(tokens[at]) && !AREAS.has(tokens[at]?.text ?? '');

/** "ш." is шаҳри (town) after an Uzbek town ("Тошкент ш.") or before an Uzbek street, otherwise шоссе. */
const isUzbekSh = (tokens: readonly Token[], at: number, lastUzbekStreet: number): boolean =>
  isTownsName(tokens, at - 1) &&
  tokens[at]?.gap === false &&
  (isUzbekTown(tokens[at - 1]?.text ?? '') || lastUzbekStreet > at);

/** For each token, the number of street types in its part between commas. */
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

/** Resolves "ш." where it is not шоссе: as шаҳри after a town ("Тошкент ш."), or as an initial. */
export const withShRead = (tokens: readonly Token[]): readonly Token[] => {
  if (!tokens.some(isDottedSh)) return tokens;
  const lastUzbekStreet = tokens.findLastIndex(({ kind, follows }) => kind === 'type' && follows);
  const types = typesOfParts(tokens);
  return tokens.map((token, at) => {
    if (!isDottedSh(token)) return token;
    if (isUzbekSh(tokens, at, lastUzbekStreet))
      return { ...token, kind: 'suffix', text: 'шаҳри', follows: true };
    // "ул. Ш. Руставели", "Ш. Руставели ул.": an initial, since a name follows and the part has a street type.
    const leadsName = isName(tokens[at + 1]) && tokens[at + 1]?.gap === false;
    return leadsName && types[at]! > 1 ? { ...token, kind: 'letter', text: 'ш' } : token;
  });
};

/** "Toshkent shahar" names the town; "Eski shahar" and "Shahar koʻchasi" are names that contain the word. */
const isTownsShahar = (tokens: readonly Token[], at: number, before: Token | undefined): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.gap !== false || !isKnownTown(before?.text ?? '')) return false;
  return next === undefined || next.gap || (next.kind !== 'type' && next.kind !== 'wide');
};

/** "д. Ивановка", "с. Ивановка": a kind of settlement, first in its part and not an initial in a street's name. */
const settlementAt = (tokens: readonly Token[], at: number): string | undefined => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== 'letter' || !token.dot || !token.gap || !isName(next) || next?.gap !== false)
    return undefined;
  return isStreetsInitial(tokens, at) ? undefined : settlementOf(token.text);
};

/** Expands single letters before the name of a settlement to full words. */
export const withSettlements = (tokens: readonly Token[]): readonly Token[] =>
  tokens.map((token, at) => {
    const settlement = settlementAt(tokens, at);
    return settlement === undefined ? token : { ...token, text: settlement, kind: 'word' };
  });

/** "шаҳри Самарқанд": the word precedes its town. Not in "Шаҳри Сабз" or "Шаҳри Тошкент кўчаси". */
const isSuffixBeforeTown = (tokens: readonly Token[], at: number): boolean => {
  const [next, after] = [tokens[at + 1], tokens[at + 2]];
  const isTown = next?.gap === false && isUzbekTown(next.text);
  return isTown && tokens[at]?.gap === true && (after === undefined || after.gap);
};

/** A letter for "town" after a known town: "Тошкент ш, Чилонзор" (if its part ends), "Алматы қ. Абай көшесі". */
const isTownsLetter = (tokens: readonly Token[], at: number): boolean => {
  // Reads the tokens as written: the second қ of "Алматы қ. Қ. Абдрахманов көшесі" is an initial.
  const [town = '', token, next] = [tokens[at - 1]?.text, tokens[at], tokens[at + 1]];
  if (token?.gap !== false) return false;
  if (token.text === 'ш') return isUzbekTown(town) && next?.gap !== false;
  return token.text === 'қ' && isKazakhTown(town) && (token.dot || next?.gap !== false);
};

/** "g. Tashkent, ul. Navoi": in Latin script only before a known town that ends its part. */
const isLatinCityLetter = (tokens: readonly Token[], at: number): boolean => {
  const [token, next, after] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (token?.text !== 'g' || !token.dot || !token.gap || next?.gap !== false) return false;
  return isKnownTown(next.text) && (after === undefined || after.gap);
};

/** "Москва город, ул. Мира": the word follows a known town. In "Новый город" it is part of a name. */
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

/** "город Навои ул. Ташкент": the town is a single word, and a street begins after it. */
const isBeforeStreet = (tokens: readonly Token[], at: number): boolean => {
  const [town, type] = [tokens[at + 1], tokens[at + 2]];
  if (!isName(town) || town?.gap !== false || type?.kind !== 'type') return false;
  return !type.gap && !type.follows && beginsName(tokens, at + 3);
};

/**
 * Drops words that only announce a town or a house. The number of the house then becomes a part of its own, as if
 * between commas: "дом 3 Парковая ул." must not become "3 Парковая ул.". The same applies to a town before a street.
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
      // The comma prevents "Белый дом, 5" from being read as "Белый дом 5" when the result is normalised again.
      const text =
        token.kind === 'house' && tokens[at + 1]?.kind === 'number' ? `${token.text},` : token.text;
      kept.push({ ...token, gap, text });
      gap = false;
    } else if (isBeforeStreet(tokens, at)) behindTown = at + 2;
  }
  return kept;
};
