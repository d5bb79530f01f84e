import { meet, type Area } from './area.ts';
import type { Row, Sheet } from './sheet.ts';

type Span = { readonly left: number; readonly right: number };
type Box = { top: number; left: number; bottom: number; right: number };

/** Consecutive cells with content in one row. */
const runsOf = (cells: Row): readonly Span[] => {
  const runs: Span[] = [];
  let left = -1;
  for (let column = 0; column <= cells.length; column += 1) {
    const full = cells[column] !== undefined;
    if (full && left < 0) left = column;
    if (full || left < 0) continue;
    runs.push({ left, right: column });
    left = -1;
  }
  return runs;
};

/** No empty cell between them; diagonal neighbours count as adjacent. */
const touch = (a: Span, b: Span): boolean => a.left <= b.right && b.left <= a.right;

const joined = (boxes: readonly Box[]): Box => ({
  top: Math.min(...boxes.map(({ top }) => top)),
  left: Math.min(...boxes.map(({ left }) => left)),
  bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  right: Math.max(...boxes.map(({ right }) => right)),
});

/** The boxes that reach the row, extended by one more run of it. */
const withRun = (open: readonly Box[], { left, right }: Span, row: number): readonly Box[] => {
  const run = { top: row, left, bottom: row + 1, right };
  const near = open.filter((box) => touch(box, run));
  return [...open.filter((box) => !near.includes(box)), joined([...near, run])];
};

const byPlace = (a: Box, b: Box): number => a.top - b.top || a.left - b.left;

/** A box that became wider may now touch an older, completed one: merged until none touch. */
const settled = (boxes: readonly Box[]): readonly Box[] => {
  const sorted = boxes.toSorted(byPlace);
  for (const [index, box] of sorted.entries()) {
    for (const other of sorted.slice(index + 1)) {
      if (other.top > box.bottom) break;
      if (!touch(box, other)) continue;
      return settled([...sorted.filter((one) => one !== box && one !== other), joined([box, other])]);
    }
  }
  return sorted;
};

/** Blocks of cells separated by empty rows and columns, found in one pass down the sheet. */
export const tablesOf = (sheet: Sheet): readonly Area[] => {
  const closed: Box[] = [];
  let open: readonly Box[] = [];
  for (let row = 0; row < sheet.usedRows; row += 1) {
    const runs = runsOf(sheet.row(row));
    const [box, run] = [open[0], runs[0]];
    // One more row of the only table: the case of nearly every row of nearly every sheet.
    if (
      box &&
      run &&
      open.length === 1 &&
      runs.length === 1 &&
      box.left <= run.left &&
      run.right <= box.right
    ) {
      box.bottom = row + 1;
      continue;
    }
    for (const more of runs) open = withRun(open, more, row);
    closed.push(...open.filter(({ bottom }) => bottom <= row));
    open = open.filter(({ bottom }) => bottom > row);
  }
  return settled([...closed, ...open]);
};

/** The last table with a cell in the area: an append goes below it. */
export const tableIn = (sheet: Sheet, area: Area): Area | undefined =>
  tablesOf(sheet).findLast((table) => meet(table, area));
