import { meet, type Area } from './area.ts';
import type { Sheet } from './sheet.ts';

type Box = { top: number; left: number; bottom: number; right: number };

/** Runs of cells that hold something, in one row. */
const runsOf = (sheet: Sheet, row: number): readonly Box[] => {
  const cells = sheet.row(row);
  const runs: Box[] = [];
  let left = -1;
  for (let column = 0; column <= cells.length; column += 1) {
    const full = cells[column] !== undefined;
    if (full && left < 0) left = column;
    if (full || left < 0) continue;
    runs.push({ top: row, left, bottom: row + 1, right: column });
    left = -1;
  }
  return runs;
};

/** Nothing empty between them, corners counted. */
const touch = (a: Box, b: Box): boolean => a.left <= b.right && b.left <= a.right;

const joined = (boxes: readonly Box[]): Box => ({
  top: Math.min(...boxes.map(({ top }) => top)),
  left: Math.min(...boxes.map(({ left }) => left)),
  bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  right: Math.max(...boxes.map(({ right }) => right)),
});

/** Blocks of cells bounded by empty rows and columns. One pass down the sheet; `open` are those that reach this row. */
export const tablesOf = (sheet: Sheet): readonly Area[] => {
  const closed: Box[] = [];
  let open: Box[] = [];
  for (let row = 0; row < sheet.usedRows; row += 1) {
    for (const run of runsOf(sheet, row)) {
      const near = open.filter((box) => touch(box, run));
      // The usual case of a long table, and worth not building anything for.
      const [only] = near;
      if (only && near.length === 1 && only.left <= run.left && only.right >= run.right)
        only.bottom = row + 1;
      else open = [...open.filter((box) => !near.includes(box)), joined([...near, run])];
    }
    if (open.some(({ bottom }) => bottom <= row)) {
      closed.push(...open.filter(({ bottom }) => bottom <= row));
      open = open.filter(({ bottom }) => bottom > row);
    }
  }
  return [...closed, ...open].toSorted((a, b) => a.top - b.top || a.left - b.left);
};

/** The last table with a cell in the area: the one an append goes below. */
export const tableIn = (sheet: Sheet, area: Area): Area | undefined =>
  tablesOf(sheet).findLast((table) => meet(table, area));
