import type { Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { withHousesApart } from './house-apart.ts';
import { beginsName, describesType, isArea, isEithersType } from './street-name.ts';
import { isAlone, isNamed } from './unit-value.ts';

/** "Great St Helen's", "Mount St": before these St may be either. */
const BEFORE_SAINTS = new Set(
  'great little old new upper lower north south east west mount fort port church'.split(' '),
);

const isName = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === 'word' || token.kind === 'letter' || token.kind === 'code');

/** "St James", "10 Downing St, London": saint before a name, street after one, and "st" when it stands between two. */
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

/** "shoh" and "koʻchasi" are one type; so are "tor", "berk" and theirs. */
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
 * "ул. Навои", "Москва ул. Навои", "проезд 5"; but "Навои ул. 5", and of "Oxford Road London" the first is the street.
 */
const hasNameBehind = (tokens: readonly Token[], type: number): boolean => {
  const [before, token, next] = [tokens[type - 1], tokens[type], tokens[type + 1]];
  if (token === undefined || next === undefined || next.gap) return false;
  // "Oq uy koʻchasi 5"
  if (!token.gap && token.follows && before?.kind === 'house') return false;
  if (!token.gap && isName(before))
    return !token.follows && !describesType(before, token) && beginsName(tokens, type + 1);
  if (!token.gap && before?.kind === 'number') return isNamed(tokens, type);
  return isName(next) || next.kind === 'number';
};

/** Where the name ends: "ул. 8 Марта| 5", "ул. Парковая 16-я|, 7", "проезд 5|, 3". */
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

/** "Road 5 Dhanmondi", "Dubai, Street 5": the number is the street's, and "5 Dhanmondi Road" another place. */
const isNumbered = (tokens: readonly Token[], type: number): boolean => {
  const [token, next] = [tokens[type], tokens[type + 1]];
  return token?.follows === true && (token.gap || type === 0) && next?.kind === 'number' && !next.gap;
};

/** At these places, but none at the very end. */
const withCommas = (tokens: readonly Token[], ...places: readonly number[]): readonly Token[] =>
  tokens.map((token, at) => (places.includes(at) && at + 1 < tokens.length ? withComma(token) : token));

/** "ул. Навои Ташкент", "ул. Ташкент Чиланзар": a name of two words, or a town or district without its comma. */
const mayHoldTown = (tokens: readonly Token[], type: number, end: number): boolean =>
  tokens[type]?.follows === false &&
  end > type + 2 &&
  (tokens.slice(type + 1, end).some(({ text }) => isKnownTown(text)) || isTownAndStreet(tokens, type, end));

/** "ул. Киров Заречная": behind its name the type would be that of "Киров, Заречная ул.". */
const isTownAndStreet = (tokens: readonly Token[], type: number, end: number): boolean => {
  const [before, last] = [tokens[end - 2], tokens[end - 1]];
  const [leads, agrees] = [before, last].map((token) => describesType(token, tokens[type]!));
  return before?.kind === 'word' && leads === false && agrees === true;
};

/** "Навои, 4-й тупик", "Навои, тупик 4": no lane of Навои, as "Навои 4-й тупик" is. */
const isNumberAlone = (tokens: readonly Token[], type: number, end: number): boolean => {
  const [before, number, first] =
    end === type + 1
      ? [tokens[type - 2], tokens[type - 1], tokens[type - 1]]
      : [tokens[type - 1], tokens[type + 1], tokens[type]];
  return end <= type + 2 && isName(before) && number?.kind === 'number' && first?.gap === true;
};

/**
 * Where the name in front of its type begins: with its part, or behind a town without a comma, "Киров| Заречный
 * проезд". None for a type alone.
 */
const startOfName = (tokens: readonly Token[], type: number): number => {
  let start = type;
  while (start > 0 && tokens[start]?.gap === false && !endsTown(tokens, start - 1, type)) start -= 1;
  return start < type ? start : 0;
};

/** The last word before "Заречный проезд" that does not agree with it: no street is a "Киров Заречный". */
const endsTown = (tokens: readonly Token[], at: number, type: number): boolean => {
  const name = tokens.slice(at + 1, type);
  const agrees = (token: Token | undefined): boolean => describesType(token, tokens[type]!);
  return name.length > 0 && tokens[at]?.kind === 'word' && !agrees(tokens[at]) && name.every(agrees);
};

/**
 * The place of the name in front of "Навои, ул. Гулистан" and "Навои, Гулистан ул.": a street of that town, and not the
 * "ул. Навои Гулистан". Behind a known town or a district nobody takes the street's name for two words.
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
 * Street types in full; a single one stands behind its name, so that "ул. Тверская" and "Тверская ул." agree. The comma
 * tells whose it is: Bristol Road, Gloucester is another place than Bristol, Gloucester Road. Where nobody can tell, it
 * stays where it is.
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
