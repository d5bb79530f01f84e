import type { Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { isEnglishType } from './address-vocabulary.ts';
import { isNamed, isStreetsNumber, SHORT_NUMBER } from './unit-value.ts';

const isName = ({ kind }: Token): boolean => kind === 'word' || kind === 'letter' || kind === 'code';

const isStreet = ({ kind }: Token): boolean => kind === 'type' || kind === 'wide';

const OWNERS: ReadonlySet<Token['kind']> = new Set<Token['kind']>(['mark', 'unit', 'kv', 'block']);

/** "корп. 2", "Unit 7", "кв 5"; but "5-квартал" has its own number. */
const ownsNumber = (token: Token | undefined): boolean =>
  token !== undefined && OWNERS.has(token.kind) && !/^\d/.test(token.text);

/** No ordinal, no postcode, and no number of something else: "корп. 2", "проезд 5". */
const mayBeHouse = (tokens: readonly Token[], at: number): boolean => {
  const [before, token] = [tokens[at - 1], tokens[at]];
  if (token?.kind !== 'number' || token.ordinal || !SHORT_NUMBER.test(token.text)) return false;
  return token.gap || !(ownsNumber(before) || isStreetsNumber(tokens, at));
};

/** "8 Марта ул.", "5-й проезд": a number that begins the name of a street. */
const namesStreet = (tokens: readonly Token[], at: number): boolean => {
  for (let later = at + 1; later < tokens.length && tokens[later]?.gap === false; later += 1)
    if (isStreet(tokens[later]!)) return true;
  return false;
};

/** "Навои 13 Ташкент", but not "13 Тошкент кўчаси". */
const isBeforeTown = (tokens: readonly Token[], at: number): boolean =>
  isKnownTown(tokens[at + 1]?.text ?? '') && !namesStreet(tokens, at);

/** Does what stands behind the number begin anew: "13, Тверская", "13, 5-й квартал", "13 ул. Тверская", "13 Москва"? */
const endsThere = (tokens: readonly Token[], at: number): boolean => {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (next === undefined) return false;
  if (isBeforeTown(tokens, at)) return true;
  if (!next.gap) return next.kind === 'type' && token?.gap === true && isNamed(tokens, at + 1);
  if (next.kind === 'number') return namesStreet(tokens, at + 1);
  return next.kind === 'block' || isName(next) || isStreet(next);
};

/** Where the type of the only street stands, and where its name ends. */
export type Street = { readonly type: number; readonly end: number };

/** "10, Downing Street" is "10 Downing Street", but "Sector 5, Park Street" is not "5 Park Street". */
const leadsEnglish = (tokens: readonly Token[], at: number, type: number): boolean =>
  tokens[at]?.gap === true &&
  isEnglishType(tokens[type]?.text ?? '') &&
  tokens.slice(at + 2, type).every(({ gap }) => !gap);

/** Beside the street types of the vocabulary. */
const ENGLISH_PLACES: ReadonlySet<string> = new Set(
  'place court close gardens mews row way circle crossing'.split(' '),
);

/** "6, Kings Court, London" is "6 Kings Court": English writes the number first, and the comma says nothing. */
const leadsPlace = (tokens: readonly Token[], at: number): boolean => {
  if (at > 0) return false;
  const end = tokens.findIndex((token, later) => later > at + 1 && token.gap);
  const last = tokens[end === -1 ? tokens.length - 1 : end - 1];
  return ENGLISH_PLACES.has(last?.text ?? '');
};

const takesNumber = (token: Token | undefined): boolean =>
  token !== undefined && (isStreet(token) || token.kind === 'block');

const INSTITUTIONS: ReadonlySet<string> = new Set(['школа', 'лицей', 'гимназия', 'больница', 'поликлиника']);

/** "ул. Мира, д. 12, школа": a house's number, where "ул. Мира, 12 школа" is школа № 12. */
const isInstitutionApart = (token: Token | undefined, next: Token | undefined): boolean =>
  token?.gap === true && INSTITUTIONS.has(token.text) && (next === undefined || next.gap);

/** Without a comma, too: "10 Downing Street", "ул. Навои 13", but not where a block or a lane would take the number. */
const isSure = (tokens: readonly Token[], at: number, { type, end }: Street): boolean =>
  type > at
    ? leadsEnglish(tokens, at, type)
    : at < end ||
      (at === end && !takesNumber(tokens[at + 1]) && !isInstitutionApart(tokens[at + 1], tokens[at + 2]));

/** Beside the marks and blocks of the vocabulary. */
const NUMBERED: ReadonlySet<string> = new Set(
  (
    'участок блок секция сектор школа гараж бокс ряд км километр вход крыло бино ғимарат ' +
    'blok uchastka seksiya sektor maktab km bino entrance'
  ).split(' '),
);

export const isNumberedPart = (word: string): boolean => NUMBERED.has(word);

/** "5-й корпус, 12", "21-й км, 4": the number before the word is its own, so the one behind it is not. */
const ownsNumberBefore = (tokens: readonly Token[], at: number): boolean => {
  const [number, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token === undefined || token.gap || !(token.kind === 'mark' || NUMBERED.has(token.text))) return false;
  return number?.kind === 'number' && next?.kind === 'number' && next.gap;
};

/** A block that has its number, or a "кв" that may be a flat. */
const NUMBERED_OR_DOUBTFUL = /^(?:\d|кв'?$|kv'?$)/;

/** "Sergeli massivi, 12-uy": no block of that number, as "massiv 12" would be when the text is read again. */
const isBlockOfName = (tokens: readonly Token[], at: number): boolean => {
  const [block, number] = [tokens[at], tokens[at + 1]];
  if (block?.kind !== 'block' || NUMBERED_OR_DOUBTFUL.test(block.text)) return false;
  return number?.kind === 'number' && SHORT_NUMBER.test(number.text);
};

/**
 * A comma stays behind the number of a house that does not follow its street: house 3 of улица Строителей is not 3-я
 * улица Строителей, nor "Москва, 3, Парковая" "Москва, 3-я Парковая". One stays before a number that is a part of its
 * own in front of a street, too, for "Чиланзар 5, ул. Навои" may be a block; and one behind "5 корпус", for house 5 may
 * have a "корпус 12".
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
 * "Парковая 16-я, Москва", "Парковая 16-я, 7": keeps its ending, by which 16-я Парковая is told from house 16. In the
 * street's own part the place of the number tells it.
 */
const isOrdinalBehindName = (tokens: readonly Token[], at: number, street: Street | undefined): boolean => {
  const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token?.ordinal !== true || (street !== undefined && at >= street.type && at < street.end)) return false;
  if (isBeforeTown(tokens, at)) return true;
  const isBehind = before !== undefined && isName(before) && !token.gap;
  return isBehind && (next === undefined || next.gap || next.kind === 'number');
};
