import type { AsyncResult } from '../shared/fp.ts';
import type { ProviderAccess, ProviderProbe } from './provider-access.ts';
import type { ProviderError } from './provider-error.ts';

export type CellValue = string | number | boolean;
/** null leaves a cell unchanged, "" clears it. */
export type WrittenCell = CellValue | null;

/** These five types use the names of the Google Sheets API. */
export type MajorDimension = 'ROWS' | 'COLUMNS';
export type ValueInputOption = 'RAW' | 'USER_ENTERED';
export type InsertDataOption = 'OVERWRITE' | 'INSERT_ROWS';
export type ValueRenderOption = 'FORMATTED_VALUE' | 'UNFORMATTED_VALUE' | 'FORMULA';
export type DateTimeRenderOption = 'SERIAL_NUMBER' | 'FORMATTED_STRING';

/**
 * `rowCount` and `columnCount` describe the grid, empty cells included. `isHidden`: a range without a title never means
 * this sheet.
 */
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

/** Ranges in A1 notation, in the canonical form of `formatA1`. */
export type ReadRanges = {
  readonly spreadsheetId: string;
  readonly ranges: readonly string[];
  /** True: a single range also uses `values.batchGet`, as several do. Absent: it uses `values.get`. */
  readonly asBatch?: boolean;
  readonly majorDimension: MajorDimension;
  readonly valueRenderOption: ValueRenderOption;
  readonly dateTimeRenderOption: DateTimeRenderOption;
};
/** As answered by the provider: `range` is resolved against the grid, and rows end at their last non-empty cell. */
export type ValueRange = {
  readonly range: string;
  readonly majorDimension: MajorDimension;
  readonly values: readonly (readonly CellValue[])[];
};
/** One value range for each requested range, in that order. */
export type ReadAnswer = { readonly valueRanges: readonly ValueRange[] };

export type WrittenRange = {
  readonly range: string;
  readonly majorDimension: MajorDimension;
  readonly values: readonly (readonly WrittenCell[])[];
};
export type WriteRanges = {
  readonly spreadsheetId: string;
  readonly valueInputOption: ValueInputOption;
  /** A single range uses `values.update`, unless `asBatch`; several use one atomic `values.batchUpdate`. */
  readonly data: readonly WrittenRange[];
  readonly asBatch?: boolean;
};
/** What was written; `updatedRange` is as the provider names it. */
export type UpdatedRange = {
  readonly updatedRange: string;
  readonly updatedRows: number;
  readonly updatedColumns: number;
  readonly updatedCells: number;
};
/** One update for each written range, in that order. */
export type WriteAnswer = { readonly updates: readonly UpdatedRange[] };

/** Rows to append below the table that the provider finds at `range`. */
export type AppendRows = {
  readonly spreadsheetId: string;
  readonly range: string;
  readonly rows: readonly (readonly WrittenCell[])[];
  readonly valueInputOption: ValueInputOption;
  readonly insertDataOption: InsertDataOption;
};
/** `tableRange` is absent when the provider found no table to append to. */
export type AppendAnswer = { readonly tableRange?: string; readonly update: UpdatedRange };

/**
 * Rows that are written at most once, however often they are sent: a second request with the same mark is refused
 * entirely.
 */
export type MarkedRows = {
  /** 1 to 2^31 - 1, used as the id of the developer metadata that is written in the same atomic request (ADR 22). */
  readonly mark: number;
  readonly rows: readonly (readonly WrittenCell[])[];
  /**
   * The rows may have been written long ago, and equal rows of others may be below them: their place is only reported
   * if it is unambiguous.
   */
  readonly isRepeat?: boolean;
};
export type AppendMarked = {
  readonly spreadsheetId: string;
  readonly sheetTitle: string | undefined;
  /** If no sheet has that title, it may be a named range; its first column is then used. */
  readonly mayBeNamed?: boolean;
  /** Zero-based, 0 for A. Cells to the left of it are left unchanged. */
  readonly firstColumn: number;
  readonly operations: readonly MarkedRows[];
};
/**
 * Outcomes in the order of the operations. `already`: the mark is in the spreadsheet, so these rows were written
 * before, or by a try of this call whose outcome was not seen. `mayComeAgain`: a request with them was given up and may
 * still arrive.
 */
export type MarkedOutcome = { readonly mayComeAgain?: true } & (
  | { readonly kind: 'appended'; readonly mark: number; readonly update: UpdatedRange }
  | {
      readonly kind: 'already';
      readonly mark: number;
      /** Undefined when the rows cannot be found or told from others, for instance after somebody changed them. */
      readonly update: UpdatedRange | undefined;
    }
);

export type ClearRanges = { readonly spreadsheetId: string; readonly ranges: readonly string[] };
export type ClearAnswer = { readonly clearedRanges: readonly string[] };

/**
 * The cells of a workbook. Every provider passes the same conformance suite. A write whose outcome is unknown
 * (time-out, reset or 5xx after it was sent, or an unreadable answer) is `outcome-unknown`. Every other failure of a
 * write, also `provider-unavailable`, means that nothing was written, and a write never returns `provider-timeout`. If
 * the spreadsheet is not shared with the account it is `request-rejected`, with the e-mail address to share it with; if
 * it does not exist, `resource-not-found`.
 */
export type Spreadsheet = ProviderProbe & {
  /**
   * Obtains what a call needs before it can be sent, such as an access token, so that no write lease is held meanwhile
   * and no quota of somebody else's account is used. Immediate when it is already available. A failure means that
   * nothing was sent.
   */
  readonly prepare: (access: ProviderAccess) => AsyncResult<ProviderError, void>;
  readonly metadata: (
    access: ProviderAccess,
    request: { readonly spreadsheetId: string },
  ) => AsyncResult<ProviderError, SpreadsheetMetadata>;
  readonly read: (access: ProviderAccess, request: ReadRanges) => AsyncResult<ProviderError, ReadAnswer>;
  /** Idempotent and atomic. */
  readonly write: (access: ProviderAccess, request: WriteRanges) => AsyncResult<ProviderError, WriteAnswer>;
  /** Appends below the last row of the table found at `range`. Never sent a second time by the adapter. */
  readonly append: (access: ProviderAccess, request: AppendRows) => AsyncResult<ProviderError, AppendAnswer>;
  /**
   * Appends below the last used row of the sheet. Values keep their types: no text is read as a formula or a number.
   * Safe to repeat. Costs one provider write if nothing goes wrong. Operations with blank cells only are refused.
   */
  readonly appendMarked: (
    access: ProviderAccess,
    request: AppendMarked,
  ) => AsyncResult<ProviderError, readonly MarkedOutcome[]>;
  /**
   * Removes marks that no repeat can need any more; unknown ones are ignored. Its requests are counted as extra calls
   * of the account, since no caller asked for them.
   */
  readonly forgetMarks: (
    access: ProviderAccess,
    request: { readonly spreadsheetId: string; readonly marks: readonly number[] },
  ) => AsyncResult<ProviderError, void>;
  readonly clear: (access: ProviderAccess, request: ClearRanges) => AsyncResult<ProviderError, ClearAnswer>;
};

/** The account that a spreadsheet must be shared with, and whose quotas its calls use. */
export type SpreadsheetAccount = { readonly clientEmail: string; readonly projectId: string };
