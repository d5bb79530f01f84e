import type {
  InsertDataOption,
  ValueInputOption,
  WrittenCell,
} from '../../../domain/provider/spreadsheet.ts';
import { mayBeNamedRange, type A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../domain/spreadsheet/format-a1.ts';
import { left } from '../../../domain/shared/fp.ts';
import type { Json } from '../../../domain/shared/json.ts';
import type { KeyedWrite } from '../../once-only.ts';
import type { AppendLanes } from '../../spreadsheet/append-lanes.ts';
import type { LaneAppend } from '../../spreadsheet/waiting-append.ts';
import type { AppendedRows } from '../../spreadsheet/append-parts.ts';
import { sheetsEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';
import { updateOutline } from './sheets-write-operation.ts';
import {
  formulasRefused,
  spreadsheetBasics,
  writeBasics,
  type MayRunFormulas,
} from './spreadsheet-operation.ts';

export type RowsToAppend = MayRunFormulas & {
  readonly spreadsheetId: string;
  readonly range: A1Range;
  readonly rows: readonly (readonly WrittenCell[])[];
  readonly valueInputOption: ValueInputOption;
  /** Undefined when the caller did not specify it. */
  readonly insertDataOption: InsertDataOption | undefined;
};
/** `keyed`: the idempotency key of the append; undefined when the caller gave none. */
export type RowsAppended = RowsToAppend & { readonly keyed: KeyedWrite | undefined };
export type LanesOfProviders = { readonly [provider: string]: AppendLanes | undefined };

/**
 * Appends rows below a table, together with rows of other callers who append there at the same moment. An append is not
 * idempotent, so it is retried only after a failure that certainly wrote nothing.
 */
export const sheetsAppendOperation = (lanes: LanesOfProviders): Operation<RowsAppended, AppendedRows> => ({
  ...spreadsheetBasics,
  ...writeBasics,
  name: 'sheets_append',
  writes: 'once',
  endpoint: (provider, request) =>
    sheetsEndpoint(request.keyed !== undefined && canBeMarked(request) ? 'markedAppend' : 'append')(provider),
  auditRequest: (request) => ({
    spreadsheet_id: request.spreadsheetId,
    range: formatA1(request.range),
    value_input_option: request.valueInputOption,
    ...(request.insertDataOption !== undefined && { insert_data_option: request.insertDataOption }),
    rows: request.rows.length,
    longest_row: request.rows.reduce((longest, row) => Math.max(longest, row.length), 0),
  }),
  auditResponse: outline,
  auditOutline: outline,
  ask: async (provider, access, request, { timeLeft, quota }) => {
    const lane = lanes[provider];
    if (lane === undefined)
      return left({ kind: 'not-supported', message: `${provider} has no spreadsheets` });
    const refused = formulasRefused(access, request);
    if (refused !== undefined) return left(refused);
    // The time of the whole call, because in the lane it may have to wait for the account's next minute.
    return lane.append({ ...access, timeoutMs: Math.max(1, timeLeft()) }, laneAppend(request, quota));
  },
});

const laneAppend = (request: RowsAppended, quota: LaneAppend['quota']): LaneAppend => {
  const { spreadsheetId, range, rows, valueInputOption, insertDataOption, keyed } = request;
  const marked = keyed === undefined ? undefined : markedPart(request, keyed);
  return {
    request: {
      spreadsheetId,
      range: formatA1(range),
      rows,
      valueInputOption,
      insertDataOption: insertDataOption ?? 'OVERWRITE',
    },
    marked,
    unmarked: marked === undefined ? keyed : undefined,
    quota,
  };
};

/** Whether the rows can carry a mark: not with USER_ENTERED, nor if no cell has a value (ADR 22). */
export const canBeMarked = ({ rows, valueInputOption }: RowsToAppend): boolean =>
  valueInputOption === 'RAW' && rows.some(hasCells);

const markedPart = (request: RowsAppended, { mark, isTakeover }: KeyedWrite): LaneAppend['marked'] => {
  const { sheet, start } = request.range;
  return canBeMarked(request)
    ? {
        mark,
        sheetTitle: sheet,
        mayBeNamed: mayBeNamedRange(request.range),
        firstColumn: (start.column ?? 1) - 1,
        isRepeat: isTakeover,
      }
    : undefined;
};

const hasCells = (row: readonly WrittenCell[]): boolean => row.some((cell) => cell !== null && cell !== '');

const outline = ({ tableRange, update }: AppendedRows): Json => ({
  ...(tableRange !== undefined && { table_range: tableRange }),
  ...(update !== undefined && { updates: updateOutline(update) }),
});
