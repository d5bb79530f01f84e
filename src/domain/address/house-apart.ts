import type { Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { isEnglishType } from './address-vocabulary.ts';
import { isNamed, isStreetsNumber, SHORT_NUMBER } from './unit-value.ts';

const isName = ({ kind }: Token): boolean => kind === 'word' || kind === 'letter' || kind === 'code';

const isStreet = ({ kind }: Token): boolean => kind === 'type' || kind === 'wide';

const OWNERS: ReadonlySet<Token['kind']> = new Set<Token['kind']>(['mark', 'unit', 'kv', 'block']);

/** "корп. 2", "Unit 7", "кв 5": the word owns the number after it. "5-квартал" has its number already. */
const ownsNumber = (token: Token | undefined): boolean =>
  token !== undefined && OWNERS.has(token.kind) && !/^\d/.test(token.text);

/**
 * The number may be a house number: no ordinal, no postcode, and it belongs to nothing else ("корп. 2", "проезд 5").
 */
const mayBeHouse = (tokens: readonly Token[], at: number): boolean => {
  const [before, token] = [tokens[at - 1], tokens[at]];
  if (token?.kind !== 'number' || token.ordinal || !SHORT_NUMBER.test(token.text)) return false;
  return token.gap || !(ownsNumber(before) || isStreetsNumber(tokens, at));
};

/** "8 Марта ул.", "5-й проезд": the number begins the name of a street. */
const namesStreet = (tokens: readonly Token[], at: number): boolean => {
  for (let later = at + 1; later < tokens.length && tokens[later]?.gap === false; later += 1)
    if (isStreet(tokens[later]!)) return true;
  return false;
};

/** "Навои 13 Ташкент": a town follows the number. Not in "13 Тошкент кўчаси", where it names a street. */
const isBeforeTown = (tokens: readonly Token[], at: number): boolean =>
  isKnownTown(tokens[at + 1]?.text ?? '') && !namesStreet(tokens, at);

/** Whether something new begins after the number: "13, Тверская", "13, 5-й квартал", "13 ул. Тверская", "13 Москва". */
const endsThere = (tokens: readonly Token[], at: number): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (next === undefined) return false;
  if (isBeforeTown(tokens, at)) return true;
  if (!next.gap) return next.kind === 'type' && token?.gap === true && isNamed(tokens, at + 1);
  if (next.kind === 'number') return namesStreet(tokens, at + 1);
  return next.kind === 'block' || isName(next) || isStreet(next);
};

/** The index of the only street's type, and the index at which its name ends. */
export type Street = { readonly type: number; readonly end: number };

/** "10, Downing Street" equals "10 Downing Street", but "Sector 5, Park Street" does not equal "5 Park Street". */
const leadsEnglish = (tokens: readonly Token[], at: number, type: number): boolean =>
  tokens[at]?.gap === true &&
  isEnglishType(tokens[type]?.text ?? '') &&
  tokens.slice(at + 2, type).every(({ gap }) => !gap);

/** Words of English street names in addition to the street types of the vocabulary. */
const ENGLISH_PLACES: ReadonlySet<string> = new Set(
  'place court close gardens mews row way circle crossing'.split(' '),
);

/** "6, Kings Court, London" equals "6 Kings Court": English puts the number first, and the comma has no meaning. */
const leadsPlace = (tokens: readonly Token[], at: number): boolean => {
  if (at > 0) return false;
  const end = tokens.findIndex((token, later) => later > at + 1 && token.gap);
  const last = tokens[end === -1 ? tokens.length - 1 : end - 1];
  return ENGLISH_PLACES.has(last?.text ?? '');
};

const takesNumber = (token: Token | undefined): boolean =>
  token !== undefined && (isStreet(token) || token.kind === 'block');

const INSTITUTIONS: ReadonlySet<string> = new Set(['школа', 'лицей', 'гимназия', 'больница', 'поликлиника']);

/** "ул. Мира, д. 12, школа": the 12 belongs to the house, whereas "ул. Мира, 12 школа" means school no. 12. */
const isInstitutionApart = (token: Token | undefined, next: Token | undefined): boolean =>
  token?.gap === true && INSTITUTIONS.has(token.text) && (next === undefined || next.gap);

/**
 * The number is a house number even without a comma: "10 Downing Street", "ул. Навои 13". Not if a block or a lane
 * would take it.
 */
const isSure = (tokens: readonly Token[], at: number, { type, end }: Street): boolean =>
  type > at
    ? leadsEnglish(tokens, at, type)
    : at < end ||
      (at === end && !takesNumber(tokens[at + 1]) && !isInstitutionApart(tokens[at + 1], tokens[at + 2]));

/** Numbered things in addition to the marks and blocks of the vocabulary. */
const NUMBERED: ReadonlySet<string> = new Set(
  (
    'участок блок секция сектор школа гараж бокс ряд км километр вход крыло бино ғимарат ' +
    'blok uchastka seksiya sektor maktab km bino entrance'
  ).split(' '),
);

export const isNumberedPart = (word: string): boolean => NUMBERED.has(word);

/** "5-й корпус, 12", "21-й км, 4": the word owns the number before it and therefore not the one after it. */
const ownsNumberBefore = (tokens: readonly Token[], at: number): boolean => {
  const [number, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token === undefined || token.gap || !(token.kind === 'mark' || NUMBERED.has(token.text))) return false;
  return number?.kind === 'number' && next?.kind === 'number' && next.gap;
};

/** A block that has its number, or a "кв" that may be a flat. */
const NUMBERED_OR_DOUBTFUL = /^(?:\d|кв'?$|kv'?$)/;

/** "Sergeli massivi, 12-uy": the block has a name and no number. Without the comma "massiv 12" would be read as one. */
const isBlockOfName = (tokens: readonly Token[], at: number): boolean => {
  const [block, number] = [tokens[at], tokens[at + 1]];
  if (block?.kind !== 'block' || NUMBERED_OR_DOUBTFUL.test(block.text)) return false;
  return number?.kind === 'number' && SHORT_NUMBER.test(number.text);
};

/**
 * Keeps a comma after a house number that does not follow its street: house 3 of улица Строителей is not 3-я улица
 * Строителей, and "Москва, 3, Парковая" is not "Москва, 3-я Парковая". Also keeps one before a number that is a part of
 * its own in front of a street, because "Чиланзар 5, ул. Навои" may mean a block; and one after "5 корпус", because
 * house 5 may have a "корпус 12".
 */
export const withHousesApart = (tokens: readonly Token[], street: Street | undefined): readonly Token[] => {
  const isApart = (at: number): boolean =>
    mayBeHouse(tokens, at) &&
    endsThere(tokens, at) &&
    (street === undefined ? !leadsPlace(tokens, at) : !isSure(tokens, at, street));
  const beforeHouse = (at: number): boolean =>
    street !== undefined && street.type > at && tokens[at + 1]?.gap === true && isApart(at + 1);
  return tokens.map((token, at) => {
    const endsPart = ownsNumberBefore(tokens, at) || isBlockOfName(tokens, at);
    if (isApart(at) || endsPart || (isName(token) && beforeHouse(at)))
      return { ...token, text: `${token.text},` };
    return isOrdinalBehindName(tokens, at, street) ? { ...token, text: `${token.text}-й` } : token;
  });
};

/**
 * "Парковая 16-я, Москва", "Парковая 16-я, 7": keeps the ordinal ending, which distinguishes 16-я Парковая from house
 * 16. Within the street's own part the position of the number does so.
 */
const isOrdinalBehindName = (tokens: readonly Token[], at: number, street: Street | undefined): boolean => {
  const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token?.ordinal !== true || (street !== undefined && at >= street.type && at < street.end)) return false;
  if (isBeforeTown(tokens, at)) return true;
  const isBehind = before !== undefined && isName(before) && !token.gap;
  return isBehind && (next === undefined || next.gap || next.kind === 'number');
};
