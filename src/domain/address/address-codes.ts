import type { Piece } from './address-pieces.ts';
import { codeToken, numberToken, wordToken, type Token } from './address-token.ts';
import { isKnownTown } from './address-towns.ts';
import { isLetterPair, isOrdinalEnding, meaningOf } from './address-vocabulary.ts';
import { houseLetter } from './look-alikes.ts';

/** Characters. Longer words are no house numbers, and the limit keeps the time linear for hostile input. */
const LONGEST_CODE = 40;

const STARTS_WITH_DIGIT = /^\d/;
const NUMBER = /^\d[\d/.-]*$/;
const NUMBER_TAIL = /[/.-]+$/;
const NUMBER_LETTER = /^(\d+(?:[/-]\d+)*)(-?)(\p{L})$/u;
const NUMBER_WORD = /^(\d+(?:(?:-?\p{L})?\/\d+|-\d+)*)(-?)(\p{L}[\p{L}\p{M}'-]+)$/u;
export const LETTER_WORD = /^(\p{L})-(.+)$/u;
const NUMBER_MARK =
  /^(\d+(?:(?:-?\p{L})?\/\d+|-\d+)*(?:-?\p{L})?)-?(корпус|корп|кор|к|k|строение|стр|с|лит|влд|вл|кв|оф)-?(\d.*)$/u;
/** A mark attached to the number before it, when a dot and another number follow: "12к" or "13к1с" of "12к.1". */
const GLUED_MARK = /^(.*\d(?:-?\p{L})?)-?([кkс])$/u;
const WORD_NUMBER = /^(\p{L}(?:[\p{L}\p{M}'-]*[\p{L}\p{M}'])?)-?(\d.*)$/u;
const HOUSE = /^\d+(?:-?\p{L})?(?:[/-]\d+(?:-?\p{L})?)*$/u;
const HOUSE_LETTER = /-?(\p{L})(?=[/-]|$)/gu;

/** A number with a letter: "32а" and "32-а" are houses, "1-я" and "8-й" ordinals unless "дом" precedes them. */
const letteredNumber = (
  raw: Piece,
  match: RegExpExecArray,
  before: Token | undefined,
  beforeName: boolean,
): Token => {
  const [, number = '', hyphen = '', letter = ''] = match;
  const afterHouseWord = !raw.gap && (before?.kind === 'house' || before?.text === 'д');
  const ending = isOrdinalEnding(letter, beforeName) && (hyphen !== '' || beforeName) && !afterHouseWord;
  // Without a hyphen only я and й are ordinal endings: the "3е" of "3е Почтовое" may be a house number.
  if (ending && (hyphen !== '' || 'яй'.includes(letter))) return numberToken(number, raw, true);
  return numberToken(number + houseLetter(letter), raw, false);
};

const withHouseLetters = (number: string): string =>
  number.replace(HOUSE_LETTER, (_, letter: string) => houseLetter(letter));

const SPLITS_FROM_NUMBER: ReadonlySet<string> = new Set<Token['kind']>([
  'house',
  'mark',
  'unit',
  'kv',
  'block',
  'type',
  'wide',
]);

/** A number with a word: "12-uy", "5-kvartal", "60-летия", "12uy", "12а-уй" give both, "8-го" only the number. */
const wordedNumber = (
  raw: Piece,
  [, written = '', hyphen = '', word = '']: RegExpExecArray,
): readonly Token[] => {
  const number = withHouseLetters(written);
  if (isOrdinalEnding(word, false)) return [numberToken(number, raw, true)];
  // In "3rd", "rd" is an ordinal ending and not "road".
  if (word === 'rd') return [codeToken(raw)];
  const [, letter = '', behind = ''] = LETTER_WORD.exec(word) ?? [];
  if (SPLITS_FROM_NUMBER.has(meaningOf(behind)?.kind ?? ''))
    return [
      numberToken(number + houseLetter(letter), { dot: false, gap: raw.gap }, false),
      wordToken(behind, raw.dot, false, true),
    ];
  const token = wordToken(word, raw.dot, false, hyphen !== '');
  if (hyphen !== '' || SPLITS_FROM_NUMBER.has(token.kind) || isLetterPair(word)) {
    return [numberToken(number, { dot: false, gap: raw.gap }, false), token];
  }
  return [codeToken(raw)];
};

const SPLITS_TO_NUMBER: ReadonlySet<string> = new Set<Token['kind']>([
  'house',
  'mark',
  'unit',
  'kv',
  'block',
]);

const splitsToNumber = (word: string): boolean =>
  word === 'д' || word === 'к' || word === 'с' || SPLITS_TO_NUMBER.has(meaningOf(word)?.kind ?? '');

const NUMBER_NAME = /^\d+-(\p{L}{2,})$/u;

/** "К2-Восхождение": not the mark "корпус 2", because the number continues as a name. */
const goesOnAsName = (letter: string, behind: string): boolean => {
  const [, name] = NUMBER_NAME.exec(behind) ?? [];
  return letter.length === 1 && name !== undefined && meaningOf(name) === undefined;
};

const markToken = (mark: string): Token => wordToken(mark === 'k' ? 'к' : mark, true, false, false);

/** A word with digits: a house number, an ordinal, or numbered designators ("д13", "12к1с2", "5-kvartal"). */
export const codeTokens = (raw: Piece, before: Token | undefined, beforeName: boolean): readonly Token[] => {
  const tokens: Token[] = [];
  for (let rest = raw; ;) {
    const split = splitDesignator(rest, before);
    if (split === undefined) return [...tokens, ...plainCode(rest, tokens.at(-1) ?? before, beforeName)];
    tokens.push(...split.tokens);
    rest = split.rest;
  }
};

/** Splits off the first designator with a number attached behind it, and the number before it if there is one. */
const splitDesignator = (
  { text, dot, gap }: Piece,
  before: Token | undefined,
): { readonly tokens: readonly Token[]; readonly rest: Piece } | undefined => {
  if (text.length > LONGEST_CODE) return undefined;
  const [, number, mark = '', tail = ''] = NUMBER_MARK.exec(text) ?? [];
  if (number !== undefined) {
    const tokens = [...codeTokens({ text: number, dot: false, gap }, before, false), markToken(mark)];
    return { tokens, rest: { text: tail, dot, gap: false } };
  }
  const [, word, behind = ''] = WORD_NUMBER.exec(text) ?? [];
  if (word === undefined || !splitsToNumber(word) || goesOnAsName(word, behind)) return undefined;
  return { tokens: [wordToken(word, true, gap, false)], rest: { text: behind, dot, gap: false } };
};

/** "Ц-5" and "Ц5" are the same block in the centre of Tashkent. */
const CENTRAL_BLOCK = /^ц-(?=\d)/;

const WORDS_BEHIND_TOWN: ReadonlySet<string> = new Set(['г', 'ш', 'шаҳри']);

/** Whether a new part of the address begins here: after a comma, or after a known town ("Ташкент", "Тошкент ш."). */
const beginsPart = (raws: readonly Piece[], at: number): boolean => {
  const [town, before] = [raws[at - 2], raws[at - 1]];
  if (raws[at]?.gap === true || isKnownTown(before?.text ?? '')) return true;
  return WORDS_BEHIND_TOWN.has(before?.text ?? '') && before?.gap === false && isKnownTown(town?.text ?? '');
};

/** Joins "Ц 5" at the beginning of a part to "Ц5", the name of a central block. */
export const withCentralBlocks = (raws: readonly Piece[]): readonly Piece[] => {
  if (!raws.some(({ text }) => text === 'ц')) return raws;
  const isLetter = (at: number): boolean => {
    const [raw, number] = [raws[at], raws[at + 1]];
    if (raw?.text !== 'ц' || raw.dot || number?.gap !== false) return false;
    return STARTS_WITH_DIGIT.test(number.text) && beginsPart(raws, at);
  };
  return raws.flatMap((raw, at) => {
    if (isLetter(at)) return [];
    return isLetter(at - 1) ? [{ ...raw, text: `ц${raw.text}`, gap: raws[at - 1]!.gap }] : [raw];
  });
};

const plainCode = (raw: Piece, before: Token | undefined, beforeName: boolean): readonly Token[] => {
  if (NUMBER.test(raw.text)) return [numberToken(raw.text.replace(NUMBER_TAIL, ''), raw, false)];
  if (raw.text.length <= LONGEST_CODE) {
    const lettered = NUMBER_LETTER.exec(raw.text);
    if (lettered !== null) return [letteredNumber(raw, lettered, before, beforeName)];
    const worded = NUMBER_WORD.exec(raw.text);
    if (worded !== null) return wordedNumber(raw, worded);
    if (HOUSE.test(raw.text)) return [numberToken(withHouseLetters(raw.text), raw, false)];
  }
  return [codeToken({ ...raw, text: raw.text.replace(CENTRAL_BLOCK, 'ц') })];
};

/** "12к.1": because of the dot and the next number, "к" is корпус and no house letter. Undefined otherwise. */
export const gluedMark = (
  raw: Piece,
  before: Token | undefined,
  next: Piece | undefined,
): readonly Token[] | undefined => {
  if (!raw.dot || raw.text.length > LONGEST_CODE || next === undefined || next.gap) return undefined;
  const [, number, mark] = GLUED_MARK.exec(raw.text) ?? [];
  if (number === undefined || mark === undefined || !STARTS_WITH_DIGIT.test(next.text)) return undefined;
  return [...codeTokens({ text: number, dot: false, gap: raw.gap }, before, false), markToken(mark)];
};

const GLUED_LITER = /^(.*\d(?:-?\p{L})?-?)?лит(?:ера)?(\p{L})$/u;

/** "12литА", "12 литА": the letter of a part of the building, behind its house number. */
export const gluedLiter = (raw: Piece, before: Token | undefined): readonly Token[] | undefined => {
  if (raw.text.length > LONGEST_CODE) return undefined;
  const [, number, letter = ''] = GLUED_LITER.exec(raw.text) ?? [];
  if (letter === '' || (number === undefined && before?.kind !== 'number')) return undefined;
  const house =
    number === undefined ? [] : codeTokens({ text: number, dot: false, gap: raw.gap }, before, false);
  return [
    ...house,
    wordToken('лит', false, house.length === 0 && raw.gap, false),
    wordToken(letter, raw.dot, false, false),
  ];
};

/** A number that may be followed by a house letter: it has none yet, and is no postcode. */
export const TAKES_LETTER = /^\d{1,4}(?:[/-]\d{1,4})*$/;
const LETTER_AND_MORE = /^\p{L}[/кkс]\d/u;

/** "27 а/13", "12 Бк1": joined with the number before it, as if the house number had been written as one word. */
export const restOfHouse = (raw: Piece, before: Token | undefined): Piece | undefined => {
  if (before?.kind !== 'number' || raw.gap || raw.text.length > LONGEST_CODE) return undefined;
  if (!TAKES_LETTER.test(before.text) || !LETTER_AND_MORE.test(raw.text)) return undefined;
  return { text: before.text + raw.text, dot: raw.dot, gap: before.gap };
};
