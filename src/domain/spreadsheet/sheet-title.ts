import { left, right, type Either } from '../shared/fp.ts';
import { a1Problem, type A1Problem } from './a1-problem.ts';
import { looksLikeCell } from './a1-reference.ts';

/** The text of a range, split at "!". A part is undefined when it was not written. */
export type TitleAndCells = { readonly title: string | undefined; readonly cells: string | undefined };

const IN_QUOTES = /^'((?:[^']|'')*)'(?:!(.*))?$/s;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Relative R1C1 references (R, C, RC, R2C), which a reader of formulas would not take for a title. */
const RELATIVE = /^(?:R[0-9]*)?(?:C[0-9]*)?$/i;

/**
 * Title and cells are separated by the last "!" outside quotes. Without "!", the text may be either (in Google's
 * order).
 */
export const splitTitle = (text: string): Either<A1Problem, TitleAndCells> => {
  if (text.startsWith("'")) return splitQuoted(text);
  const mark = text.lastIndexOf('!');
  if (mark < 0) return right({ title: undefined, cells: text });
  const title = text.slice(0, mark);
  if (title === '') return left(a1Problem('title-missing'));
  if (title !== title.trim()) return left(a1Problem('stray-white-space'));
  if (looksLikeCell(title)) return left(a1Problem('title-needs-quotes'));
  return right({ title, cells: text.slice(mark + 1) });
};

const splitQuoted = (text: string): Either<A1Problem, TitleAndCells> => {
  const [, quoted, cells] = IN_QUOTES.exec(text) ?? [];
  if (quoted === undefined) return left(a1Problem('unbalanced-quotes'));
  if (quoted === '') return left(a1Problem('title-missing'));
  return right({ title: quoted.replaceAll("''", "'"), cells });
};

/** As Google echoes titles: without apostrophes only when nothing else could be meant. */
export const quoteTitle = (title: string): string =>
  IDENTIFIER.test(title) && !looksLikeCell(title) && !RELATIVE.test(title) ? title : inApostrophes(title);

export const inApostrophes = (title: string): string => `'${title.replaceAll("'", "''")}'`;

/** Google compares titles ignoring case, and does not allow two sheets that differ only in case. */
export const titleKey = (title: string): string => title.toLowerCase();

/**
 * Whether two titles might mean the same sheet. More tolerant than `titleKey`, because the extent of Google's case
 * folding is not known: taking a sheet for another costs a read, while not recognising it would serve outdated values.
 */
export const mayBeSameTitle = (one: string, other: string): boolean => widely(one) === widely(other);

const widely = (title: string): string =>
  title.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
