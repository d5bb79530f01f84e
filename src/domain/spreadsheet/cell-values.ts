/** A plain cell value in the API. When written, null leaves a cell unchanged and "" clears it. */
export type Scalar = string | number | boolean | null;
/** An explicit formula, which is not affected by the protection of strings that only look like one. */
export type FormulaCell = { readonly formula: string };
/**
 * `2026-01-31` or `2026-01-31T09:30:00` in the time zone of the spreadsheet; written as its serial number
 * (sheet-date.ts).
 */
export type DateCell = { readonly date: string };
export type Cell = Scalar | FormulaCell | DateCell;

export type Row = readonly Cell[];
export type ScalarRow = readonly Scalar[];

/**
 * Google's limit for a cell. It does not say whether an emoji counts once or twice, so whatever it may accept is sent.
 */
export const MOST_CHARACTERS = 50_000;
/**
 * Bytes of JSON in one write. Google recommends 2 MB and cuts off a call after 180 s, so more risks an unknown outcome.
 * Single callers are limited to 1 MiB by the limit for bodies; this one applies to writes merged from several callers.
 */
export const MOST_BYTES = 2_000_000;
/** Padding turns a few bytes of request into as many cells as the range names, so it has a limit of its own. */
export const MOST_PADDED_CELLS = 1_000_000;

export const isFormula = (cell: Cell): cell is FormulaCell =>
  typeof cell === 'object' && cell !== null && 'formula' in cell;
export const isDate = (cell: Cell): cell is DateCell =>
  typeof cell === 'object' && cell !== null && 'date' in cell;

/** Size of the rows as JSON in UTF-8 bytes. */
export const bytesOf = (rows: readonly Row[]): number => Buffer.byteLength(JSON.stringify(rows));

/**
 * Google's rows end at their last non-empty cell, and trailing empty rows are left out. Pads them with "" to the
 * requested width and, if given, height. Nothing is cut off. Undefined when the result would exceed `most` cells.
 */
export const padRows = (
  rows: readonly ScalarRow[],
  width: number,
  height = 0,
  most = MOST_PADDED_CELLS,
): readonly ScalarRow[] | undefined => {
  const missing = Math.max(0, height - rows.length);
  if (width * (rows.length + missing) > most) return undefined;
  return [...rows, ...Array.from({ length: missing }, (): ScalarRow => [])].map((row) =>
    row.length >= width ? row : [...row, ...Array.from({ length: width - row.length }, () => '')],
  );
};
