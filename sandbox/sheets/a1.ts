import { columnIndex, type AskedArea } from './area.ts';
import { isQuoted, readTitle } from './titles.ts';

/** One end of a range, counted from zero. */
type End = { readonly row: number | undefined; readonly column: number | undefined };

const a1End = /^(?:\$?([a-z]{1,3}))?(?:\$?([0-9]{1,9}))?$/iu;
/** A plain number counts from 1, one in brackets is relative to A1; a letter alone is A1's own row or column. */
const count = String.raw`(?:([0-9]{1,9})|\[([0-9]{1,9})\])?`;
const r1c1End = new RegExp(`^(r${count})?(c${count})?$`, 'iu');

/** Counted from zero; -1 for the number 0, as numbers count from 1. */
const indexOf = (axis: string | undefined, number = '1', offset?: string): number | undefined => {
  if (axis === undefined) return undefined;
  return offset === undefined ? Number(number) - 1 : Number(offset);
};

const onGrid = (end: End): End | undefined => ((end.row ?? 0) < 0 || (end.column ?? 0) < 0 ? undefined : end);

const readA1 = (text: string): End | undefined => {
  const match = a1End.exec(text);
  if (!match || text === '') return undefined;
  const [, column, row] = match;
  return onGrid({
    row: row === undefined ? undefined : Number(row) - 1,
    column: column === undefined ? undefined : columnIndex(column),
  });
};

const readR1c1 = (text: string): End | undefined => {
  const match = r1c1End.exec(text);
  if (!match || text === '') return undefined;
  const [, r, row, down, c, column, across] = match;
  return onGrid({ row: indexOf(r, row, down), column: indexOf(c, column, across) });
};

/** Start and end of one axis; a missing side leaves it open. */
const span = (a: number | undefined, b: number | undefined): readonly [number, number | undefined] => {
  if (a === undefined && b === undefined) return [0, undefined];
  if (a === undefined || b === undefined) return [a ?? b ?? 0, undefined];
  return [Math.min(a, b), Math.max(a, b) + 1];
};

const between = (a: End, b: End): AskedArea => {
  const [top, bottom] = span(a.row, b.row);
  const [left, right] = span(a.column, b.column);
  return { top, left, bottom, right };
};

const isCell = ({ row, column }: End): boolean => row !== undefined && column !== undefined;
const joins = (a: End, b: End): boolean =>
  (a.row !== undefined && b.row !== undefined) || (a.column !== undefined && b.column !== undefined);

const areaBetween = (from: string, to: string, read: (text: string) => End | undefined) => {
  const [first, last] = [read(from), read(to)];
  return first && last && joins(first, last) ? between(first, last) : undefined;
};

/**
 * A bare column or row can be an end of a range, but not a range; in R1C1 notation it can, except for a letter alone,
 * which is A1.
 */
const areaOf = (text: string): AskedArea | undefined => {
  const a1 = readA1(text);
  if (a1 && isCell(a1)) return between(a1, a1);
  const r1c1 = readR1c1(text);
  if (!r1c1) return undefined;
  return text.length === 1 ? { top: 0, left: 0, bottom: 1, right: 1 } : between(r1c1, r1c1);
};

const readArea = (text: string): AskedArea | undefined => {
  const [from = '', to, ...more] = text.split(':');
  if (more.length > 0) return undefined;
  if (to === undefined) return areaOf(from);
  return areaBetween(from, to, readA1) ?? areaBetween(from, to, readR1c1);
};

/** Without a title the first sheet is meant, without an area the whole sheet. */
export type ReadRange = {
  readonly title?: string;
  readonly area?: AskedArea;
  /** An unquoted word, which is looked up as a named range before a title. */
  readonly mayBeNamed?: boolean;
};

/**
 * Split at the last `!`; a single token is parsed as A1, then as R1C1, then as a title. Undefined: cannot be parsed.
 */
export const readRange = (text: string): ReadRange | undefined => {
  const mark = isQuoted(text) ? -1 : text.lastIndexOf('!');
  if (mark < 0) {
    const area = readArea(text);
    if (area) return { area };
    const alone = isQuoted(text) ? readTitle(text) : text;
    return alone === undefined || alone === '' ? undefined : { title: alone, mayBeNamed: !isQuoted(text) };
  }
  const title = readTitle(text.slice(0, mark));
  const area = readArea(text.slice(mark + 1));
  return title !== undefined && area ? { title, area } : undefined;
};
