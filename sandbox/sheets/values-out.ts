import type { Area } from './area.ts';
import { displayed, type Cell } from './cell.ts';
import { echo } from './resolve-range.ts';
import type { Sheet } from './sheet.ts';
import type { Dimension, Scalar } from './values-in.ts';

export const renderOptions = ['FORMATTED_VALUE', 'UNFORMATTED_VALUE', 'FORMULA'] as const;
export const dateOptions = ['SERIAL_NUMBER', 'FORMATTED_STRING'] as const;

export type Rendering = {
  readonly render: (typeof renderOptions)[number];
  readonly dates: (typeof dateOptions)[number];
  readonly dimension: Dimension;
};

export const plainRendering: Rendering = {
  render: 'FORMATTED_VALUE',
  dates: 'SERIAL_NUMBER',
  dimension: 'ROWS',
};

export type ValueRange = {
  readonly range: string;
  readonly majorDimension: Dimension;
  readonly values?: readonly (readonly Scalar[])[];
};

const rendered = (cell: Cell, { render, dates, dimension }: Rendering): Scalar => {
  if (render === 'FORMATTED_VALUE') return displayed(cell);
  switch (cell.kind) {
    case 'text':
      return cell.text;
    case 'boolean':
      return cell.value;
    case 'number':
      return cell.isDate && dates === 'FORMATTED_STRING' ? displayed(cell) : cell.value;
    case 'formula':
      return render === 'FORMULA' ? cell.formula : rendered(cell.result, { render, dates, dimension });
  }
};

/** Up to the last cell with content; gaps before it are "". Never null. */
const line = (cells: readonly (Cell | undefined)[], how: Rendering): readonly Scalar[] => {
  const last = cells.findLastIndex((cell) => cell !== undefined);
  return cells.slice(0, last + 1).map((cell) => (cell ? rendered(cell, how) : ''));
};

/** The rows or columns of the area, without empty ones at the end; empty ones in between are []. */
export const readLines = (sheet: Sheet, area: Area, how: Rendering): readonly (readonly Scalar[])[] => {
  const lines: (readonly Scalar[])[] = [];
  const { top, left, right } = area;
  const bottom = Math.min(area.bottom, sheet.usedRows);
  if (how.dimension === 'ROWS') {
    for (let row = top; row < bottom; row += 1) lines.push(line(sheet.row(row).slice(left, right), how));
  } else {
    const rows = Array.from({ length: Math.max(0, bottom - top) }, (_, index) => sheet.row(top + index));
    for (let column = left; column < right; column += 1) {
      lines.push(
        line(
          rows.map((row) => row[column]),
          how,
        ),
      );
    }
  }
  return lines.slice(0, lines.findLastIndex(({ length }) => length > 0) + 1);
};

/** proto3 omits empty lists. */
export const listed = <Lists extends Readonly<Record<string, readonly unknown[]>>>(
  lists: Lists,
): Partial<Lists> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Partial<Lists>;

/** `values` is missing when the range is empty. */
export const valueRange = (sheet: Sheet, area: Area, how: Rendering): ValueRange => {
  return {
    range: echo(sheet, area),
    majorDimension: how.dimension,
    ...listed({ values: readLines(sheet, area, how) }),
  };
};
