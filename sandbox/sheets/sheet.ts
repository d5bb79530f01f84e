import { sizeOf, type Area, type AskedArea } from './area.ts';
import type { Cell } from './cell.ts';

export type Row = readonly (Cell | undefined)[];

/** One cell to be written; undefined empties it. */
export type CellWrite = { readonly row: number; readonly column: number; readonly cell: Cell | undefined };

export type SheetShape = {
  readonly sheetId: number;
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  /** Areas in which only the owner may write. They do not move when rows are inserted. */
  readonly protectedAreas?: readonly AskedArea[];
  readonly hidden?: boolean;
};

const none: Row = [];

/**
 * A grid of cells. Rows are never changed in place, so that a copy of the sheet can share them: the copy before each
 * write makes writes atomic, and has to be cheap.
 */
export class Sheet {
  readonly sheetId: number;
  readonly title: string;
  readonly protectedAreas: readonly AskedArea[];
  readonly hidden: boolean;
  #rows: number;
  #columns: number;
  #cells: Row[];

  constructor(
    { sheetId, title, rows, columns, protectedAreas = [], hidden = false }: SheetShape,
    cells: readonly Row[] = [],
  ) {
    this.sheetId = sheetId;
    this.title = title;
    this.protectedAreas = protectedAreas;
    this.hidden = hidden;
    this.#rows = rows;
    this.#columns = columns;
    this.#cells = [...cells];
  }

  copy(): Sheet {
    const { sheetId, title, protectedAreas, hidden } = this;
    const shape = { sheetId, title, rows: this.#rows, columns: this.#columns, protectedAreas, hidden };
    return new Sheet(shape, this.#cells);
  }

  get rows(): number {
    return this.#rows;
  }

  get columns(): number {
    return this.#columns;
  }

  /** Rows up to the last one that was ever written. */
  get usedRows(): number {
    return this.#cells.length;
  }

  get area(): Area {
    return { top: 0, left: 0, bottom: this.#rows, right: this.#columns };
  }

  get size(): number {
    return sizeOf(this.area);
  }

  row(index: number): Row {
    return this.#cells[index] ?? none;
  }

  at(row: number, column: number): Cell | undefined {
    return this.row(row)[column];
  }

  write(writes: readonly CellWrite[]): void {
    const fresh = new Map<number, (Cell | undefined)[]>();
    for (const { row, column, cell } of writes) {
      const cells = fresh.get(row) ?? [...this.row(row)];
      fresh.set(row, cells);
      // Without holes: sparse arrays are slow, and iterated differently.
      while (cells.length < column) cells.push(undefined);
      cells[column] = cell;
    }
    for (const [row, cells] of fresh) {
      while (this.#cells.length < row) this.#cells.push(none);
      this.#cells[row] = cells;
    }
  }

  insertRows(at: number, count: number): void {
    const inserted = Array<Row>(count).fill(none);
    if (at < this.#cells.length)
      this.#cells = [...this.#cells.slice(0, at), ...inserted, ...this.#cells.slice(at)];
    this.#rows += count;
  }

  /** Never shrinks it. */
  growTo(rows: number, columns: number): void {
    this.#rows = Math.max(this.#rows, rows);
    this.#columns = Math.max(this.#columns, columns);
  }
}
