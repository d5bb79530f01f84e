/** Zero-width characters, soft hyphens, direction marks, and variation selectors. */
const INVISIBLE = String.raw`\u00AD\u034F\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF`;
/** Characters that NFKC would distort: № becomes "No", ´ a space with an accent, ″ two primes. */
const NUMBER_SIGN = '№#＃';
const ACUTE = String.raw`\u00B4\u1FFD\u1FEF\u0374`;
const DOUBLE_PRIME = String.raw`\u2033\u2034\u2036\u2037\u2057`;
/** NFKC would attach these to the digit before: 13½ must not become 131/2, nor 12² become 122. */
const RAISED = String.raw`\u00B2\u00B3\u00B9\u00BC-\u00BE\u2070-\u2089\u2150-\u215F\u2460-\u24FF`;
/** Two Arabic ligatures that NFKC expands to 18 and 8 letters. No address contains them, and they would cost time. */
const LONG_LIGATURES = String.raw`\uFDFA\uFDFB`;
/** Used in Uzbek as a letter mark (oʻ, gʻ): unified, never deleted. */
const APOSTROPHES = String.raw`\u0060\u02B9\u02BB-\u02BF\u02C8\u02CA\u02CB\u2018\u2019\u201B\u2032\u2035\uA78B\uA78C`;
const QUOTES = String.raw`"«»\u02BA\u02EE\u201C-\u201F\u2039\u203A\u301D-\u301F`;
/** Opens a ‚quotation like this‘, whose closing mark looks like an apostrophe. */
const LOW_QUOTE = String.raw`\u201A`;
const DASHES = String.raw`\u058A\u05BE\u2010-\u2015\u2043\u2212\u2E3A\u2E3B`;
/** People type "27\\13" for 27/13. */
const SLASHES = String.raw`\\\u2044\u2215`;

const anyOf = (...sets: readonly string[]): RegExp => new RegExp(`[${sets.join('')}]`);
const each = (set: string, before = '', behind = ''): RegExp => new RegExp(`${before}[${set}]${behind}`, 'g');

const NEEDS_CARE = anyOf(INVISIBLE, NUMBER_SIGN, ACUTE, DOUBLE_PRIME, RAISED, LONG_LIGATURES);
const EACH_INVISIBLE = each(INVISIBLE);
const EACH_ACUTE = each(ACUTE);
const EACH_RAISED = each(RAISED, String.raw`(?<=\d)`);
/** Read as a word for "number", like "No. 13". In "12/№3" and "12 - №3" it has no meaning. */
const BEFORE_NUMBER = new RegExp(String.raw`(?<![-/]\s*)[${NUMBER_SIGN}]\s*(?=\d)`, 'g');
const EACH_SIGN = each(NUMBER_SIGN + DOUBLE_PRIME + LONG_LIGATURES);
const MARKS = new RegExp(`''|[${APOSTROPHES}${QUOTES}${LOW_QUOTE}${DASHES}${SLASHES}]`);
const EACH_APOSTROPHE = each(APOSTROPHES);
const EACH_QUOTE = each(QUOTES);
/** O"zbekiston and O''zbekiston are typed for Oʻzbekiston. */
const LETTER_QUOTE = each(QUOTES, String.raw`(?<=[og])`, String.raw`(?=[a-z])`);
const TWO_INSIDE = /(?<=[a-z])''+(?=[a-z])/g;
const EACH_LOW_QUOTE = each(LOW_QUOTE);
const EACH_DASH = each(DASHES);
const EACH_SLASH = each(SLASHES);

/** Arabic and Persian digits, which NFKC leaves unchanged. Both ranges start at a multiple of 16. */
const EASTERN_DIGIT = /[\u0660-\u0669\u06F0-\u06F9]/g;
const withWesternDigits = (text: string): string =>
  text.replace(EASTERN_DIGIT, (digit) => String(digit.charCodeAt(0) % 16));

/** Includes a second diaeresis, which would recompose to ё. */
const YO = /ё\u0308*/g;
const SPACES = /\s+/g;
const LOOSE_SEPARATOR = /\s[-/]|[-/]\s/;
const LOOSE_SLASH = / ?\/ ?/g;
const LOOSE_NUMBER_DASH = /(?<=\d) - (?=\d|\p{L}(?!\p{L}))/gu;
const HALF_LOOSE_DASH = /(?<=[\p{L}\d])(?:- | -)(?=[\p{L}\d])/gu;

/**
 * "Чиланзар - 5, 12": the number belongs to a block, because a house follows and the name is a part of its own. In "ул.
 * Навои - 5" and "Навои - 5, кв. 12" the dash stands for a comma instead.
 */
const LOOSE_BLOCK_DASH =
  /(?<=(?:^|[,;] ?)\p{L}+) - (?=\d{1,3} ?[,;] ?(?:(?:дом|д|uy|уй)\.? ?)?\d{1,4}\p{L}?(?:\/\d+)?(?: ?[,;]| ?-? ?(?:uy|уй|дом)|$))/gu;

/** Removes spaces around hyphens and slashes: "27 / 13", "12 - 1", "Тверская- Ямская". */
const tightened = (text: string): string =>
  text
    .replace(SPACES, ' ')
    .replace(LOOSE_SLASH, '/')
    .replace(LOOSE_BLOCK_DASH, '-')
    .replace(LOOSE_NUMBER_DASH, '-')
    .replace(HALF_LOOSE_DASH, '-');

/** "30/кв. 5": a flat or office after a slash is not part of the house number. Only these two are written like this. */
const FLAT_BEHIND_SLASH = /(?<=\d\p{L}?)\/(?=(?:кв|квартира|оф|офис)(?!\p{L}))/gu;
/** "Город: Ташкент, улица: Навои, дом: 30", as in forms: the colon belongs to the word before it. */
const LABEL =
  /(?<![\p{L}\p{M}\d])((?:город|гор|г|улица|ул|дом|д|корпус|корп|строение|стр|квартира|кв|офис|оф|подъезд|этаж|uy|уй|xonadon|хонадон|qavat|қават)\.?) ?:/gu;

const asSentence = (text: string): string => {
  const labelled = text.includes(':') ? text.replace(LABEL, '$1 ') : text;
  return labelled.includes('/') ? labelled.replace(FLAT_BEHIND_SLASH, ' ') : labelled;
};

export const withoutInvisible = (text: string): string => text.replace(EACH_INVISIBLE, '');

const withoutTraps = (text: string): string =>
  withoutInvisible(text)
    .replace(BEFORE_NUMBER, ' no ')
    .replace(EACH_SIGN, ' ')
    .replace(EACH_ACUTE, "'")
    .replace(EACH_RAISED, ' $&');

const withPlainMarks = (text: string): string =>
  text
    .replace(EACH_APOSTROPHE, "'")
    .replace(LETTER_QUOTE, "'")
    .replace(TWO_INSIDE, "'")
    .replace(EACH_QUOTE, ' ')
    .replace(EACH_LOW_QUOTE, " '")
    .replace(EACH_DASH, '-')
    .replace(EACH_SLASH, '/');

/**
 * Normalises the characters of an address: compatibility forms, case, ё, apostrophes, quotes, dashes. Dots and commas
 * are kept because they decide what a word means. й is kept.
 */
export const uniformText = (text: string): string => {
  const safe = NEEDS_CARE.test(text) ? withoutTraps(text) : text;
  const lower = withWesternDigits(safe.normalize('NFKC')).toLowerCase().replace(YO, 'е');
  const plain = MARKS.test(lower) ? withPlainMarks(lower) : lower;
  return asSentence(LOOSE_SEPARATOR.test(plain) ? tightened(plain) : plain);
};
