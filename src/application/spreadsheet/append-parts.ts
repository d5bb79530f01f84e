import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type {
  AppendAnswer,
  AppendRows,
  MarkedOutcome,
  Spreadsheet,
  UpdatedRange,
} from '../../domain/provider/spreadsheet.ts';
import { isLeft, left, map, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../domain/spreadsheet/format-a1.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';
import { splitUpdatedRange } from '../../domain/spreadsheet/updated-range.ts';

/** What one caller appends. All parts of a batch differ in nothing but rows and mark. */
export type AppendPart = {
  readonly request: AppendRows;
  /** Sent with the rows, so that they land once however often they are sent; undefined: each time they are sent. */
  readonly marked: MarkedPart | undefined;
};
export type MarkedPart = {
  readonly mark: number;
  readonly sheetTitle: string | undefined;
  /** The title may be the name of a range. */
  readonly mayBeNamed?: boolean;
  readonly firstColumn: number;
  /** Somebody was at it before, and may have sent it. */
  readonly isRepeat?: boolean;
};

/** `update` is undefined when the rows are in the sheet, but where cannot be told any more. */
export type AppendedRows = Omit<AppendAnswer, 'update'> &
  Pick<MarkedOutcome, 'mayComeAgain'> & { readonly update: UpdatedRange | undefined };
export type PartOutcome = Either<ProviderError, AppendedRows>;

/** All parts in one call of the provider: all of them land, or none. In the order of the parts. */
export const sendParts = (
  spreadsheet: Pick<Spreadsheet, 'append' | 'appendMarked'>,
  access: ProviderAccess,
  parts: readonly [AppendPart, ...AppendPart[]],
): AsyncResult<ProviderError, readonly PartOutcome[]> =>
  parts[0].marked === undefined
    ? sendPlain(spreadsheet, access, parts)
    : sendMarked(spreadsheet, access, parts[0], parts);

const sendPlain = async (
  { append }: Pick<Spreadsheet, 'append'>,
  access: ProviderAccess,
  parts: readonly [AppendPart, ...AppendPart[]],
): AsyncResult<ProviderError, readonly PartOutcome[]> => {
  const rows = parts.flatMap(({ request }) => request.rows);
  const answer = await append(access, { ...parts[0].request, rows });
  return map((all: AppendAnswer) => (parts.length === 1 ? [right(all)] : splitAnswer(all, parts)))(answer);
};

const sendMarked = async (
  { appendMarked }: Pick<Spreadsheet, 'appendMarked'>,
  access: ProviderAccess,
  { request: { spreadsheetId }, marked: place }: AppendPart,
  parts: readonly AppendPart[],
): AsyncResult<ProviderError, readonly PartOutcome[]> => {
  const answer = await appendMarked(access, {
    spreadsheetId,
    sheetTitle: place?.sheetTitle,
    mayBeNamed: place?.mayBeNamed ?? false,
    firstColumn: place?.firstColumn ?? 0,
    operations: parts.flatMap(({ request: { rows }, marked }) =>
      marked === undefined ? [] : [{ mark: marked.mark, rows, isRepeat: marked.isRepeat ?? false }],
    ),
  });
  if (isLeft(answer)) return answer;
  const byMark = new Map(answer.right.map((outcome) => [outcome.mark, outcome]));
  return right(parts.map(({ marked }) => outcomeOf(byMark.get(marked?.mark ?? 0))));
};

const outcomeOf = (outcome: MarkedOutcome | undefined): PartOutcome =>
  outcome === undefined
    ? left({ kind: 'outcome-unknown', message: 'the provider did not say what became of these rows' })
    : right({ update: outcome.update, ...(outcome.mayComeAgain && { mayComeAgain: true }) });

/** Merged rows land as one block, each caller's below those of the one before. */
const splitAnswer = (
  { tableRange, update }: AppendAnswer,
  parts: readonly AppendPart[],
): readonly PartOutcome[] => {
  const table = tableRange === undefined ? {} : { tableRange };
  const updated = parseA1(update.updatedRange);
  const own = isLeft(updated) ? [] : ownRanges(updated.right, parts);
  return parts.map((part, index) => right({ ...table, update: updateOf(own[index], part) }));
};

/** None when the answer does not fit what was sent. */
const ownRanges = (updated: A1Range, parts: readonly AppendPart[]): readonly A1Range[] => {
  const own = splitUpdatedRange(updated, parts.map(sizeOf));
  return isLeft(own) ? [] : own.right;
};

const sizeOf = ({ request: { rows } }: AppendPart) => ({
  rows: rows.length,
  columns: rows.reduce((most, row) => Math.max(most, row.length), 0),
});

/** Google counts the cells that were given a value, an empty one included; null leaves a cell alone. */
const updateOf = (
  range: A1Range | undefined,
  { request: { rows } }: AppendPart,
): UpdatedRange | undefined => {
  if (range === undefined) return undefined;
  const written = rows.map((row) => row.flatMap((cell, column) => (cell === null ? [] : [column])));
  return {
    updatedRange: formatA1(range),
    updatedRows: written.filter((columns) => columns.length > 0).length,
    updatedColumns: new Set(written.flat()).size,
    updatedCells: written.flat().length,
  };
};
