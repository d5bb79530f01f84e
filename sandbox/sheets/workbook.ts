import type { DeveloperMetadata } from './developer-metadata.ts';
import { invalid } from './refusal.ts';
import type { Sheet } from './sheet.ts';
import { sameTitle } from './titles.ts';

/** For all sheets of a file together. */
const mostCells = 10_000_000;

/**
 * `range` in A1 notation. If a sheet has the same title, the unquoted word refers to the named range and the quoted one
 * to the sheet (Google's page of concepts).
 */
export type NamedRange = { readonly name: string; readonly range: string };

/** A spreadsheet at one moment. Every write works on a copy, which then replaces the old one. */
export class Workbook {
  readonly spreadsheetId: string;
  readonly title: string;
  readonly locale: string;
  readonly sheets: Sheet[];
  metadata: readonly DeveloperMetadata[];
  readonly namedRanges: readonly NamedRange[];

  constructor(
    spreadsheetId: string,
    title: string,
    locale: string,
    sheets: readonly Sheet[],
    metadata: readonly DeveloperMetadata[] = [],
    namedRanges: readonly NamedRange[] = [],
  ) {
    this.spreadsheetId = spreadsheetId;
    this.title = title;
    this.locale = locale;
    this.sheets = [...sheets];
    this.metadata = metadata;
    this.namedRanges = namedRanges;
  }

  copy(): Workbook {
    const sheets = this.sheets.map((sheet) => sheet.copy());
    return new Workbook(this.spreadsheetId, this.title, this.locale, sheets, this.metadata, this.namedRanges);
  }

  /** The lookup ignores case; without a title, the first visible sheet (Google's page of concepts). */
  sheet(title: string | undefined): Sheet | undefined {
    if (title === undefined) return this.sheets.find(({ hidden }) => !hidden);
    return this.sheets.find((sheet) => sameTitle(sheet.title, title));
  }

  namedRange(name: string | undefined): string | undefined {
    return name === undefined ? undefined : this.namedRanges.find((one) => sameTitle(one.name, name))?.range;
  }

  sheetById(sheetId: number): Sheet | undefined {
    return this.sheets.find((sheet) => sheet.sheetId === sheetId);
  }

  /** Rows anchored by developer metadata move with their cells. */
  insertRows(sheet: Sheet, at: number, count: number): void {
    sheet.insertRows(at, count);
    this.metadata = this.metadata.map((entry) => {
      const range = entry.location.dimensionRange;
      if (!range || range.sheetId !== sheet.sheetId || range.dimension !== 'ROWS' || range.startIndex < at) {
        return entry;
      }
      const moved = {
        ...range,
        startIndex: range.startIndex + count,
        endIndex: range.endIndex + count,
      };
      return { ...entry, location: { ...entry.location, dimensionRange: moved } };
    });
    this.holdLimit();
  }

  growTo(sheet: Sheet, rows: number, columns: number): void {
    sheet.growTo(rows, columns);
    this.holdLimit();
  }

  /** Throws when the sheets together have too many cells: the copy is discarded, so nothing has grown. */
  holdLimit(): void {
    const size = this.sheets.reduce((sum, sheet) => sum + sheet.size, 0);
    if (size > mostCells) {
      throw invalid(
        `This action would increase the number of cells in the workbook above the limit of ${mostCells} cells.`,
      );
    }
  }
}
