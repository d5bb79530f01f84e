import type { AsyncResult } from '../shared/fp.ts';
import type { ProviderAccess, ProviderProbe } from './provider-access.ts';
import type { ProviderError } from './provider-error.ts';

export type CellValue = string | number | boolean;
/** null leaves the cell as it is, "" empties it. */
export type WrittenCell = CellValue | null;

/** As in the Google Sheets API, whose words these five are. */
export type MajorDimension = 'ROWS' | 'COLUMNS';
export type ValueInputOption = 'RAW' | 'USER_ENTERED';
export type InsertDataOption = 'OVERWRITE' | 'INSERT_ROWS';
export type ValueRenderOption = 'FORMATTED_VALUE' | 'UNFORMATTED_VALUE' | 'FORMULA';
export type DateTimeRenderOption = 'SERIAL_NUMBER' | 'FORMATTED_STRING';

/** `rowCount`, `columnCount`: of the grid, empty cells included. `isHidden`: a range without a title is never there. */
export type SheetProperties = {
  readonly sheetId: number;
  readonly title: string;
  readonly rowCount: number;
  readonly columnCount: number;
  readonly isHidden?: true;
};
export type SpreadsheetMetadata = {
  readonly spreadsheetId: string;
  readonly title: string;
  readonly locale: string;
  readonly timeZone: string;
  readonly sheets: readonly SheetProperties[];
};

/** Ranges are A1 notation, canonical as `formatA1` writes them. */
export type ReadRanges = {
  readonly spreadsheetId: string;
  readonly ranges: readonly string[];
  /** One range leaves as `values.batchGet` too, as several do; left out: as `values.get`. */
  readonly asBatch?: boolean;
  readonly majorDimension: MajorDimension;
  readonly valueRenderOption: ValueRenderOption;
  readonly dateTimeRenderOption: DateTimeRenderOption;
};
/** As the provider answers: `range` resolved against the grid, rows end at their last cell that is not empty. */
export type ValueRange = {
  readonly range: string;
  readonly majorDimension: MajorDimension;
  readonly values: readonly (readonly CellValue[])[];
};
/** One for each range asked, in that order. */
export type ReadAnswer = { readonly valueRanges: readonly ValueRange[] };

export type WrittenRange = {
  readonly range: string;
  readonly majorDimension: MajorDimension;
  readonly values: readonly (readonly WrittenCell[])[];
};
export type WriteRanges = {
  readonly spreadsheetId: string;
  readonly valueInputOption: ValueInputOption;
  /** One leaves as `values.update`, several as one atomic `values.batchUpdate`; with `asBatch` one does so too. */
  readonly data: readonly WrittenRange[];
  readonly asBatch?: boolean;
};
/** What was written, `updatedRange` as the provider names it. */
export type UpdatedRange = {
  readonly updatedRange: string;
  readonly updatedRows: number;
  readonly updatedColumns: number;
  readonly updatedCells: number;
};
/** One for each range written, in that order. */
export type WriteAnswer = { readonly updates: readonly UpdatedRange[] };

/** Rows for below the table that the provider finds at `range`. */
export type AppendRows = {
  readonly spreadsheetId: string;
  readonly range: string;
  readonly rows: readonly (readonly WrittenCell[])[];
  readonly valueInputOption: ValueInputOption;
  readonly insertDataOption: InsertDataOption;
};
/** `tableRange` is left out when the provider found no table to append to. */
export type AppendAnswer = { readonly tableRange?: string; readonly update: UpdatedRange };

/** Rows that land at most once, however often they are sent: a second try under the same mark is refused whole. */
export type MarkedRows = {
  /** 1 to 2^31 - 1, the id of the developer metadata that is written in the same atomic request. */
  readonly mark: number;
  readonly rows: readonly (readonly WrittenCell[])[];
  /** It may have landed long ago, so that equal rows of others may lie below: then only one place is a certain one. */
  readonly isRepeat?: boolean;
};
export type AppendMarked = {
  readonly spreadsheetId: string;
  readonly sheetTitle: string | undefined;
  /** Where no sheet has that title it may be the name of a range, and its first column counts. */
  readonly mayBeNamed?: boolean;
  /** Zero for A: cells to the left of it stay as they are. */
  readonly firstColumn: number;
  readonly operations: readonly MarkedRows[];
};
/**
 * In the order asked. `already`: the mark stands in the spreadsheet, so these rows have landed, before this call or in
 * a try of it whose end was not seen. `mayComeAgain`: a request with them was given up, and may yet arrive.
 */
export type MarkedOutcome = { readonly mayComeAgain?: true } & (
  | { readonly kind: 'appended'; readonly mark: number; readonly update: UpdatedRange }
  | {
      readonly kind: 'already';
      readonly mark: number;
      /** Undefined when the rows cannot be told from others, or be found, such as after somebody changed them. */
      readonly update: UpdatedRange | undefined;
    }
);

export type ClearRanges = { readonly spreadsheetId: string; readonly ranges: readonly string[] };
export type ClearAnswer = { readonly clearedRanges: readonly string[] };

/**
 * Cells of a workbook. Held by the conformance suite on every provider. A write whose fate is unknown (timed out,
 * reset or 5xx after it was sent, or an answer that cannot be read) is `outcome-unknown`; every other failure of a
 * write, `provider-unavailable` included, means that nothing was written, and none of them is `provider-timeout`.
 * What is not shared with the account is `request-rejected` with the e-mail address to share it with, what does not
 * exist `resource-not-found`.
 */
export type Spreadsheet = ProviderProbe & {
  /**
   * Gets what a call needs before it can be sent, such as a token, so that nobody's turn is held meanwhile, and no
   * calls are spent of an account that is another's. At once when it is there. A failure means that nothing was sent.
   */
  readonly prepare: (access: ProviderAccess) => AsyncResult<ProviderError, void>;
  readonly metadata: (
    access: ProviderAccess,
    request: { readonly spreadsheetId: string },
  ) => AsyncResult<ProviderError, SpreadsheetMetadata>;
  readonly read: (access: ProviderAccess, request: ReadRanges) => AsyncResult<ProviderError, ReadAnswer>;
  /** Repeatable: the same cells get the same values. All of it or nothing. */
  readonly write: (access: ProviderAccess, request: WriteRanges) => AsyncResult<ProviderError, WriteAnswer>;
  /** Below the last row of the table found at `range`. Never sent a second time by the adapter. */
  readonly append: (access: ProviderAccess, request: AppendRows) => AsyncResult<ProviderError, AppendAnswer>;
  /**
   * Typed as they are given, no text is read as a formula or a number; below the last row of the sheet that holds
   * anything; safe to repeat. One provider write when all is well. Operations of blank cells alone are refused.
   */
  readonly appendMarked: (
    access: ProviderAccess,
    request: AppendMarked,
  ) => AsyncResult<ProviderError, readonly MarkedOutcome[]>;
  /**
   * Takes marks away that nobody can ask for any more. Unknown ones are passed over. Nobody asked for any call of it:
   * all of them are counted as what it calls beside.
   */
  readonly forgetMarks: (
    access: ProviderAccess,
    request: { readonly spreadsheetId: string; readonly marks: readonly number[] },
  ) => AsyncResult<ProviderError, void>;
  readonly clear: (access: ProviderAccess, request: ClearRanges) => AsyncResult<ProviderError, ClearAnswer>;
};

/** Whom a spreadsheet must be shared with, and whose quotas its calls spend. */
export type SpreadsheetAccount = { readonly clientEmail: string; readonly projectId: string };
