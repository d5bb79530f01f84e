/** What a cell can hold on the wire. Written, null leaves a cell as it is and "" empties it. */
export type Scalar = string | number | boolean | null;
/** The caller says so: this is a formula, whatever is done to strings that only look like one. */
export type FormulaCell = { readonly formula: string };
/**
 * `2026-01-31` or `2026-01-31T09:30:00`, in the time of the spreadsheet; written as its serial number (sheet-date.ts).
 */
export type DateCell = { readonly date: string };
export type Cell = Scalar | FormulaCell | DateCell;

export type Row = readonly Cell[];
export type ScalarRow = readonly Scalar[];

/**
 * Google takes 50,000 in a cell. Whether it counts a pictogram once or twice it does not say: what it may take is sent.
 */
export const MOST_CHARACTERS = 50_000;
/**
 * Bytes of JSON in one write. Google recommends 2 MB and cuts a call after 180 s, so more is a risk of an unknown
 * outcome; callers are held to 1 MiB by the limit on bodies, this one holds for what is merged from many of them.
 */
export const MOST_BYTES = 2_000_000;
/** Padding answers a few bytes of question with as many cells as it names, so each answer has a limit of its own. */
export const MOST_PADDED_CELLS = 1_000_000;

export const isFormula = (cell: Cell): cell is FormulaCell =>
  typeof cell === 'object' && cell !== null && 'formula' in cell;
export const isDate = (cell: Cell): cell is DateCell =>
  typeof cell === 'object' && cell !== null && 'date' in cell;

/** UTF-8 bytes of the rows as JSON. */
export const bytesOf = (rows: readonly Row[]): number => Buffer.byteLength(JSON.stringify(rows));

/**
 * Answered rows end at their last cell that is not empty, and empty rows at the end are left out; padded with "" they
 * have the asked width, and the asked height if one is given. Nothing is cut off. Undefined when that would be more
 * than `most` cells.
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
