import { columnIndex, type AskedArea } from './area.ts';
import { isQuoted, readTitle } from './titles.ts';

/** One end of a range, counted from zero. */
type End = { readonly row: number | undefined; readonly column: number | undefined };

const a1End = /^(?:\$?([a-z]{1,3}))?(?:\$?([1-9][0-9]{0,7}))?$/iu;
const r1c1End = /^r([1-9][0-9]{0,7})c([1-9][0-9]{0,4})$/iu;

const readA1 = (text: string): End | undefined => {
  const match = a1End.exec(text);
  if (!match || text === '') return undefined;
  const [, column, row] = match;
  return {
    row: row === undefined ? undefined : Number(row) - 1,
    column: column === undefined ? undefined : columnIndex(column),
  };
};

const readR1c1 = (text: string): End | undefined => {
  const match = r1c1End.exec(text);
  return match ? { row: Number(match[1]) - 1, column: Number(match[2]) - 1 } : undefined;
};

/** First and end of one axis; a side that says nothing leaves it open. */
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

const areaIn = (parts: readonly string[], read: (text: string) => End | undefined): AskedArea | undefined => {
  const [first, last] = parts.map(read);
  if (!first) return undefined;
  // A bare column or row is an end of a range, never a range.
  if (parts.length === 1) return isCell(first) ? between(first, first) : undefined;
  return parts.length === 2 && last && joins(first, last) ? between(first, last) : undefined;
};

const readArea = (text: string): AskedArea | undefined => {
  const parts = text.split(':');
  return areaIn(parts, readA1) ?? areaIn(parts, readR1c1);
};

/** Without a title the first sheet is meant, without an area the whole of it. */
export type ReadRange = { readonly title?: string; readonly area?: AskedArea };

/** The last `!` splits; a token alone is read as A1, then as R1C1, then as a title. Undefined: cannot be parsed. */
export const readRange = (text: string): ReadRange | undefined => {
  const mark = isQuoted(text) ? -1 : text.lastIndexOf('!');
  if (mark < 0) {
    const area = readArea(text);
    if (area) return { area };
    const alone = isQuoted(text) ? readTitle(text) : text;
    return alone === undefined || alone === '' ? undefined : { title: alone };
  }
  const title = readTitle(text.slice(0, mark));
  const area = readArea(text.slice(mark + 1));
  return title !== undefined && area ? { title, area } : undefined;
};
