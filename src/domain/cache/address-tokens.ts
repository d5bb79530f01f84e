import { isOrdinalEnding, meaningOf, type WordKind } from './address-vocabulary.ts';
import { houseLetter, inOneScript } from './look-alikes.ts';

/**
 * One word or number of an address. `gap`: a comma or bracket stands before it. `dot`: a dot stands after it.
 * `tight`: it hung on the number before it ("7-xonadon"). `ordinal`: the number lost an ending ("1-я").
 * `follows`: as in the vocabulary.
 */
export type Token = {
  readonly text: string;
  readonly kind: WordKind | 'number' | 'letter' | 'code';
  readonly dot: boolean;
  readonly gap: boolean;
  readonly tight: boolean;
  readonly ordinal: boolean;
  readonly follows: boolean;
};

type Kind = Token['kind'];
type Raw = { readonly text: string; readonly dot: boolean; readonly gap: boolean };

/** Longer words are no house numbers; the limit keeps the work linear on hostile text. */
const LONGEST_CODE = 40;

const WORD = /[^\s.,;:()[\]{}]+(?:(?<=\d)\.(?=\d)[^\s.,;:()[\]{}]+)*|[.,;:()[\]{}]/g;
const MARKS_INSIDE = /[-/']/;
const LEADING_MARKS = /^[-/']+/;
const TRAILING_MARKS = /[-/']+$/;
const TRAILING_JOINTS = /[-/]+$/;
const LATIN = /[a-z\u00DF-\u024F]/;
const CYRILLIC = /[\u0400-\u052F]/;
const DIGIT = /\d/;
const STARTS_WITH_DIGIT = /^\d/;
const NUMBER = /^\d[\d/.-]*$/;
const NUMBER_TAIL = /[/.-]+$/;

const NUMBER_LETTER = /^(\d+(?:[/-]\d+)*)(-?)(\p{L})$/u;
const NUMBER_WORD = /^(\d+(?:[/-]\d+)*)(-?)(\p{L}[\p{L}\p{M}'-]+)$/u;
const LETTER_WORD = /^(\p{L})-(.+)$/u;
const NUMBER_MARK =
  /^(\d+(?:[/-]\d+)*(?:-?\p{L})?)-?(корпус|корп|кор|к|k|строение|стр|с|лит|кв|оф)-?(\d.*)$/u;
/** "12к" or "13к1с" before a dot and a number: "12к.1". */
const GLUED_MARK = /^(.*\d(?:-?\p{L})?)-?([кkс])$/u;
const WORD_NUMBER = /^(\p{L}(?:[\p{L}\p{M}'-]*[\p{L}\p{M}'])?)-?(\d.*)$/u;
const HOUSE = /^\d+(?:-?\p{L})?(?:[/-]\d+(?:-?\p{L})?)*$/u;
const HOUSE_LETTER = /-?(\p{L})(?=[/-]|$)/gu;

const rawTokens = (text: string): Raw[] => {
  const found: Raw[] = [];
  let gap = true;
  let last: { text: string; dot: boolean; gap: boolean } | undefined;
  for (const [part] of text.matchAll(WORD)) {
    if (part === '.') {
      if (last !== undefined) last.dot = true;
    } else if (part.length === 1 && ',;:()[]{}'.includes(part)) {
      gap = true;
      last = undefined;
    } else {
      const word = MARKS_INSIDE.test(part) ? bare(part) : part;
      if (word === '') continue;
      last = { text: word, dot: false, gap };
      found.push(last);
      gap = false;
    }
  }
  return found;
};

const isLetter = (text: string): boolean => text.length === 1 && (LATIN.test(text) || CYRILLIC.test(text));

/** Without loose hyphens and slashes; a quotation 'like this' loses its marks, a letter's apostrophe stays. */
const bare = (text: string): string => {
  const start = text.replace(LEADING_MARKS, '');
  return start.replace(text.startsWith("'") ? TRAILING_MARKS : TRAILING_JOINTS, '');
};

const wordToken = (written: string, dot: boolean, gap: boolean, tight: boolean): Token => {
  const text = LATIN.test(written) && CYRILLIC.test(written) ? inOneScript(written) : written;
  const rest = { dot, gap, tight, ordinal: false };
  const meaning = meaningOf(text);
  if (meaning !== undefined)
    return { text: meaning.text, kind: meaning.kind, ...rest, follows: meaning.follows };
  // "ш." is шоссе; without the dot nobody can tell.
  if (text === 'ш' && dot) return { text: 'шоссе', kind: 'type', ...rest, follows: false };
  return { text, kind: isLetter(text) ? 'letter' : 'word', ...rest, follows: false };
};

const numberToken = (text: string, { dot, gap }: Omit<Raw, 'text'>, ordinal: boolean): Token => ({
  text,
  kind: 'number',
  dot,
  gap,
  tight: false,
  ordinal,
  follows: false,
});

const codeToken = (raw: Raw): Token => ({ ...numberToken(raw.text, raw, false), kind: 'code' });

/** "32а", "32-а" is a house; "1-я", "8-й" an ordinal, unless "дом" stands before it. */
const letteredNumber = (
  raw: Raw,
  match: RegExpExecArray,
  before: Token | undefined,
  beforeName: boolean,
): Token => {
  const [, number = '', hyphen = '', letter = ''] = match;
  const afterHouseWord = before?.kind === 'house' || before?.text === 'д';
  const ending = isOrdinalEnding(letter, beforeName) && (hyphen !== '' || beforeName) && !afterHouseWord;
  // Without the hyphen only я and й are endings: "3е Почтовое" may as well be a house.
  if (ending && (hyphen !== '' || 'яй'.includes(letter))) return numberToken(number, raw, true);
  return numberToken(number + houseLetter(letter), raw, false);
};

const SPLITS_FROM_NUMBER: ReadonlySet<string> = new Set<Kind>([
  'house',
  'mark',
  'unit',
  'kv',
  'block',
  'type',
  'wide',
]);

/** "12-uy", "5-kvartal", "60-летия", "12uy", "12а-уй": the number and its word; "8-го": the number. */
const wordedNumber = (
  raw: Raw,
  [, number = '', hyphen = '', word = '']: RegExpExecArray,
): readonly Token[] => {
  if (isOrdinalEnding(word, false)) return [numberToken(number, raw, true)];
  const [, letter = '', behind = ''] = LETTER_WORD.exec(word) ?? [];
  if (SPLITS_FROM_NUMBER.has(meaningOf(behind)?.kind ?? ''))
    return [
      numberToken(number + houseLetter(letter), { dot: false, gap: raw.gap }, false),
      wordToken(behind, raw.dot, false, true),
    ];
  const token = wordToken(word, raw.dot, false, hyphen !== '');
  if (hyphen !== '' || SPLITS_FROM_NUMBER.has(token.kind)) {
    return [numberToken(number, { dot: false, gap: raw.gap }, false), token];
  }
  return [codeToken(raw)];
};

const SPLITS_TO_NUMBER: ReadonlySet<string> = new Set<Kind>(['house', 'mark', 'unit', 'kv', 'block']);

const splitsToNumber = (word: string): boolean =>
  word === 'д' || word === 'к' || word === 'с' || SPLITS_TO_NUMBER.has(meaningOf(word)?.kind ?? '');

const markToken = (mark: string): Token => wordToken(mark === 'k' ? 'к' : mark, true, false, false);

/** A word with digits: house numbers, ordinals, and designators glued to numbers ("д13", "12к1с2", "5-kvartal"). */
const codeTokens = (raw: Raw, before: Token | undefined, beforeName: boolean): readonly Token[] => {
  if (NUMBER.test(raw.text)) return [numberToken(raw.text.replace(NUMBER_TAIL, ''), raw, false)];
  const pieces: Token[] = [];
  let rest: Raw = raw;
  for (let more = raw.text.length <= LONGEST_CODE; more;) {
    const marked = NUMBER_MARK.exec(rest.text);
    const worded = marked === null ? WORD_NUMBER.exec(rest.text) : null;
    more = false;
    if (marked !== null) {
      const [, number = '', mark = '', tail = ''] = marked;
      pieces.push(...codeTokens({ text: number, dot: false, gap: rest.gap }, before, false));
      pieces.push(markToken(mark));
      rest = { text: tail, dot: raw.dot, gap: false };
      more = true;
    } else if (worded !== null && splitsToNumber(worded[1] ?? '')) {
      pieces.push(wordToken(worded[1] ?? '', true, rest.gap, false));
      rest = { text: worded[2] ?? '', dot: raw.dot, gap: false };
      more = true;
    }
  }
  return [...pieces, ...plainCode(rest, pieces.at(-1) ?? before, beforeName)];
};

const plainCode = (raw: Raw, before: Token | undefined, beforeName: boolean): readonly Token[] => {
  if (NUMBER.test(raw.text)) return [numberToken(raw.text.replace(NUMBER_TAIL, ''), raw, false)];
  if (raw.text.length <= LONGEST_CODE) {
    const lettered = NUMBER_LETTER.exec(raw.text);
    if (lettered !== null) return [letteredNumber(raw, lettered, before, beforeName)];
    const worded = NUMBER_WORD.exec(raw.text);
    if (worded !== null) return wordedNumber(raw, worded);
    if (HOUSE.test(raw.text)) {
      const text = raw.text.replace(HOUSE_LETTER, (_, letter: string) => houseLetter(letter));
      return [numberToken(text, raw, false)];
    }
  }
  return [codeToken(raw)];
};

const isNameAfter = (raw: Raw | undefined): boolean =>
  raw !== undefined &&
  !raw.gap &&
  raw.text.length > 1 &&
  !DIGIT.test(raw.text) &&
  meaningOf(raw.text) === undefined;

/** "12к.1": the dot and the number behind it tell корпус from a house's letter. Undefined: nothing of the kind. */
const gluedMark = (
  raw: Raw,
  before: Token | undefined,
  next: Raw | undefined,
): readonly Token[] | undefined => {
  if (!raw.dot || raw.text.length > LONGEST_CODE || next === undefined || next.gap) return undefined;
  const [, number, mark] = GLUED_MARK.exec(raw.text) ?? [];
  if (number === undefined || mark === undefined || !STARTS_WITH_DIGIT.test(next.text)) return undefined;
  return [...codeTokens({ text: number, dot: false, gap: raw.gap }, before, false), markToken(mark)];
};

/** "25 A-uy", "12 а-уй": the letter is the house's, the rest a word of its own. */
const letterAndWord = (raw: Raw, before: Token | undefined): readonly Token[] | undefined => {
  if (before?.kind !== 'number' || raw.gap) return undefined;
  const [, letter = '', word = ''] = LETTER_WORD.exec(raw.text) ?? [];
  const kind = meaningOf(word)?.kind;
  if (kind !== 'house' && kind !== 'unit') return undefined;
  return [wordToken(letter, false, false, false), wordToken(word, raw.dot, false, true)];
};

/** A number that may carry a letter: not a postcode, and no letter yet. */
export const TAKES_LETTER = /^\d{1,4}(?:[/-]\d{1,4})*$/;
const LETTER_AND_MORE = /^\p{L}[/кkс]\d/u;

/** "27 а/13", "12 Бк1": as if the house had been written in one. */
const restOfHouse = (raw: Raw, before: Token | undefined): Raw | undefined => {
  if (before?.kind !== 'number' || raw.gap || raw.text.length > LONGEST_CODE) return undefined;
  if (!TAKES_LETTER.test(before.text) || !LETTER_AND_MORE.test(raw.text)) return undefined;
  return { text: before.text + raw.text, dot: raw.dot, gap: before.gap };
};

/** Words and numbers of a text that `uniformText` has made uniform, in their order, with what each is for. */
export const addressTokens = (text: string): readonly Token[] => {
  const raws = rawTokens(text);
  const tokens: Token[] = [];
  for (const [at, raw] of raws.entries()) {
    const before = tokens.at(-1);
    const next = raws[at + 1];
    const house = restOfHouse(raw, before);
    if (house !== undefined) tokens.splice(-1, 1, ...codeTokens(house, tokens.at(-2), false));
    else if (DIGIT.test(raw.text))
      tokens.push(...(gluedMark(raw, before, next) ?? codeTokens(raw, before, isNameAfter(next))));
    else tokens.push(...(letterAndWord(raw, before) ?? [wordToken(raw.text, raw.dot, raw.gap, false)]));
  }
  return tokens;
};
