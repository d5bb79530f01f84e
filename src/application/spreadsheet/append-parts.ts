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

/** The rows of one caller. The parts of a batch differ only in rows and mark. */
export type AppendPart = {
  readonly request: AppendRows;
  /**
   * The mark under which the rows are written at most once, however often they are sent; undefined: each send adds
   * them.
   */
  readonly marked: MarkedPart | undefined;
};
export type MarkedPart = {
  readonly mark: number;
  readonly sheetTitle: string | undefined;
  /** The title may be the name of a range instead. */
  readonly mayBeNamed?: boolean;
  readonly firstColumn: number;
  /** An earlier holder of the key may have sent these rows already. */
  readonly isRepeat?: boolean;
};

/** `update` is undefined when the rows are in the sheet but their place cannot be determined any more. */
export type AppendedRows = Omit<AppendAnswer, 'update'> &
  Pick<MarkedOutcome, 'mayComeAgain'> & { readonly update: UpdatedRange | undefined };
export type PartOutcome = Either<ProviderError, AppendedRows>;

/**
 * Sends all parts in one atomic request: either all rows are written or none. Outcomes are in the order of the parts.
 */
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

/** Merged rows are written as one block; each caller's rows follow those of the one before. */
const splitAnswer = (
  { tableRange, update }: AppendAnswer,
  parts: readonly AppendPart[],
): readonly PartOutcome[] => {
  const table = tableRange === undefined ? {} : { tableRange };
  const updated = parseA1(update.updatedRange);
  const own = isLeft(updated) ? [] : ownRanges(updated.right, parts);
  return parts.map((part, index) => right({ ...table, update: updateOf(own[index], part) }));
};

/** Empty when the answer does not match what was sent. */
const ownRanges = (updated: A1Range, parts: readonly AppendPart[]): readonly A1Range[] => {
  const own = splitUpdatedRange(updated, parts.map(sizeOf));
  return isLeft(own) ? [] : own.right;
};

const sizeOf = ({ request: { rows } }: AppendPart) => ({
  rows: rows.length,
  columns: rows.reduce((most, row) => Math.max(most, row.length), 0),
});

/** Google counts the cells that were given a value, even an empty one; null leaves a cell unchanged. */
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
