import type { Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { withHousesApart } from './house-apart.ts';
import { beginsName, describesType, isArea, isEithersType } from './street-name.ts';
import { isAlone, isNamed } from './unit-value.ts';

/** Words before which "St" may mean either street or saint: "Great St Helen's", "Mount St". */
const BEFORE_SAINTS = new Set(
  'great little old new upper lower north south east west mount fort port church'.split(' '),
);

const isName = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === 'word' || token.kind === 'letter' || token.kind === 'code');

/**
 * Resolves "st": saint before a name ("St James"), street after one ("10 Downing St, London"), and unchanged where it
 * stands between two.
 */
const readSt = (token: Token, at: number, tokens: readonly Token[], lastType: number): Token => {
  if (token.kind !== 'st') return token;
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  const beforeName = isName(next) && next?.gap === false;
  const afterName = isName(before) && !token.gap;
  if (beforeName && !afterName) return { ...token, text: 'saint', kind: 'word' };
  if (!beforeName && afterName) return { ...token, text: 'street', kind: 'type' };
  if (!afterName || lastType > at || BEFORE_SAINTS.has(before?.text ?? '')) return { ...token, kind: 'word' };
  return { ...token, text: 'street', kind: 'type' };
};

/** Joins "shoh", "tor" or "berk" and "koʻchasi" to one street type. */
const withWideTypes = (tokens: readonly Token[]): readonly Token[] => {
  const merged: Token[] = [];
  for (const token of tokens) {
    const before = merged.at(-1);
    const wide = before?.kind === 'wide' && token.kind === 'type' && token.follows && !token.gap;
    if (wide && !token.text.includes('-'))
      merged.splice(-1, 1, { ...token, text: `${before.text}-${token.text}`, gap: before.gap });
    else merged.push(token);
  }
  return merged;
};

/**
 * The street type is followed by its name: "ул. Навои", "Москва ул. Навои", "проезд 5". Not "Навои ул. 5", nor "Oxford
 * Road London", whose type follows its name.
 */
const hasNameBehind = (tokens: readonly Token[], type: number): boolean => {
  const [before, token, next] = [tokens[type - 1], tokens[type], tokens[type + 1]];
  if (token === undefined || next === undefined || next.gap) return false;
  // "Oq uy koʻchasi 5": "uy" (house) is part of the name here.
  if (!token.gap && token.follows && before?.kind === 'house') return false;
  if (!token.gap && isName(before))
    return !token.follows && !describesType(before, token) && beginsName(tokens, type + 1);
  if (!token.gap && before?.kind === 'number') return isNamed(tokens, type);
  return isName(next) || next.kind === 'number';
};

/** Index at which the name ends, marked by | here: "ул. 8 Марта| 5", "ул. Парковая 16-я|, 7", "проезд 5|, 3". */
const endOfName = (tokens: readonly Token[], type: number): number => {
  let end = type + 2;
  for (let token = tokens[end]; token !== undefined && !token.gap; token = tokens[end]) {
    if (!isName(token) && !token.ordinal) break;
    end += 1;
  }
  return end;
};

const withComma = (token: Token): Token =>
  token.text.endsWith(',') ? token : { ...token, text: `${token.text},` };

/** "Road 5 Dhanmondi", "Dubai, Street 5": the number belongs to the street, and "5 Dhanmondi Road" is another place. */
const isNumbered = (tokens: readonly Token[], type: number): boolean => {
  const [token, next] = [tokens[type], tokens[type + 1]];
  return token?.follows === true && (token.gap || type === 0) && next?.kind === 'number' && !next.gap;
};

/** Adds a comma after the tokens at these indices, except for the last token of the address. */
const withCommas = (tokens: readonly Token[], ...places: readonly number[]): readonly Token[] =>
  tokens.map((token, at) => (places.includes(at) && at + 1 < tokens.length ? withComma(token) : token));

/**
 * "ул. Навои Ташкент", "ул. Ташкент Чиланзар": either a name of two words, or a town or district that lacks its comma.
 */
const mayHoldTown = (tokens: readonly Token[], type: number, end: number): boolean =>
  tokens[type]?.follows === false &&
  end > type + 2 &&
  (tokens.slice(type + 1, end).some(({ text }) => isKnownTown(text)) || isTownAndStreet(tokens, type, end));

/** "ул. Киров Заречная": moving the type behind the name would give the same text as "Киров, Заречная ул.". */
const isTownAndStreet = (tokens: readonly Token[], type: number, end: number): boolean => {
  const [before, last] = [tokens[end - 2], tokens[end - 1]];
  const [leads, agrees] = [before, last].map((token) => describesType(token, tokens[type]!));
  return before?.kind === 'word' && leads === false && agrees === true;
};

/**
 * "Навои, 4-й тупик", "Навои, тупик 4": the lane is named by its number only; it is not the lane of Навои ("Навои 4-й
 * тупик").
 */
const isNumberAlone = (tokens: readonly Token[], type: number, end: number): boolean => {
  const [before, number, first] =
    end === type + 1
      ? [tokens[type - 2], tokens[type - 1], tokens[type - 1]]
      : [tokens[type - 1], tokens[type + 1], tokens[type]];
  return end <= type + 2 && isName(before) && number?.kind === 'number' && first?.gap === true;
};

/**
 * Index at which a name before its type begins: that of its part, or the word after a town without a comma ("Киров|
 * Заречный проезд"). 0 if the type stands alone.
 */
const startOfName = (tokens: readonly Token[], type: number): number => {
  let start = type;
  while (start > 0 && tokens[start]?.gap === false && !endsTown(tokens, start - 1, type)) start -= 1;
  return start < type ? start : 0;
};

/**
 * The town ends here: the last word before "Заречный проезд" that does not agree with the type, since no street is
 * called "Киров Заречный".
 */
const endsTown = (tokens: readonly Token[], at: number, type: number): boolean => {
  const name = tokens.slice(at + 1, type);
  const agrees = (token: Token | undefined): boolean => describesType(token, tokens[type]!);
  return name.length > 0 && tokens[at]?.kind === 'word' && !agrees(tokens[at]) && name.every(agrees);
};

/**
 * Index of the place name in "Навои, ул. Гулистан" and "Навои, Гулистан ул.": a street in that town, as opposed to "ул.
 * Навои Гулистан". Not needed after a known town or a district, where nobody would read the street's name as two words.
 */
const placeBefore = (tokens: readonly Token[], type: number, end: number): number => {
  const place = (end > type + 1 ? type : startOfName(tokens, type)) - 1;
  const { kind, text = '' } = tokens[place] ?? {};
  const isOpen = kind === 'word' && !isKnownTown(text) && !isArea(text);
  return tokens[type]?.follows === false && isOpen ? place : -1;
};

const moved = (tokens: readonly Token[], type: number, end: number): readonly Token[] => {
  const behindName = [
    ...tokens.slice(0, type),
    ...tokens.slice(type + 1, end),
    ...tokens.slice(type, type + 1),
    ...tokens.slice(end),
  ];
  const ends = [end - 1, placeBefore(tokens, type, end)];
  return withCommas(behindName, ...ends, ...(isNumberAlone(tokens, type, end) ? [end - 3] : []));
};

/**
 * Writes street types in full. A single type is moved behind its name, so that "ул. Тверская" and "Тверская ул." agree.
 * The comma shows which name the type belongs to: Bristol Road, Gloucester differs from Bristol, Gloucester Road. If it
 * is unclear, the type stays where it is (ADR 37).
 */
export const withTypeBehindName = (tokens: readonly Token[]): readonly Token[] => {
  const wide = withWideTypes(tokens);
  const lastType = wide.findLastIndex(({ kind }) => kind === 'type');
  const read = wide.map((token, at) => readSt(token, at, wide, lastType));
  const types = read.flatMap(({ kind }, at) => (kind === 'type' ? [at] : []));
  const [type] = types;
  if (type === undefined || (types.length === 1 && isAlone(read, type)))
    return withCommas(withHousesApart(read, undefined), ...(type === undefined ? [] : [type - 1, type]));
  const end = hasNameBehind(read, type) || isNumbered(read, type) ? endOfName(read, type) : type + 1;
  const parted = withHousesApart(read, { type, end });
  if (types.length > 1 || isEithersType(read, type) || mayHoldTown(read, type, end)) return parted;
  return isNumbered(read, type) ? withCommas(parted, type - 1, end - 1) : moved(parted, type, end);
};
