import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AppendRows, MajorDimension, WrittenCell } from '../../domain/provider/spreadsheet.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';
import { putLast } from '../../domain/shared/put-last.ts';

/** What the write lease of a spreadsheet reports (`WriterTurn`). */
type Told = { readonly edge: string | undefined; readonly cells: string | undefined };
/** A place to append to, and what is reported about its spreadsheet. */
export type Place = Pick<AppendRows, 'spreadsheetId' | 'range'> & Told;

/**
 * `surely`: rows were appended at the edge of a table. `perhaps`: given cells were written somewhere, maybe on another
 * sheet.
 */
export type Raggedness = 'surely' | 'perhaps';

/** Tracks places whose last row may begin with an empty cell. */
export type RaggedEdges = {
  readonly toldOf: (place: Place) => Raggedness | undefined;
  /** Remembers that the place is even again, if the append was carried out or its outcome is unknown. */
  readonly noted: <A>(
    place: Place,
    rows: AppendRows['rows'],
    work: AsyncResult<ProviderError, A>,
  ) => AsyncResult<ProviderError, A>;
};

/**
 * Google looks for a table at the first cell; if that is empty beside a table, the next append is shifted to the right.
 */
export const beginsEmpty = ([first]: readonly WrittenCell[]): boolean =>
  first === undefined || first === null || first === '';

export const leavesRaggedEdge = (rows: AppendRows['rows']): boolean => {
  const last = rows.at(-1);
  return last !== undefined && beginsEmpty(last);
};

/** The same for writes to given cells. A null leaves a cell unchanged, so it may be empty. */
export const leavesRaggedCells = (
  data: readonly { readonly majorDimension: MajorDimension; readonly values: AppendRows['rows'] }[],
): boolean =>
  data.some(({ majorDimension, values }) =>
    majorDimension === 'ROWS'
      ? values.some(beginsEmpty)
      : (values[0] ?? []).some((cell) => beginsEmpty([cell])),
  );

const MOST_PLACES = 5_000;

/**
 * Below a row that begins with an empty cell, Google may find no table in the first column and would put the next row
 * over existing ones. It is not known where such a row is, so each place is examined once. Rows written by people are
 * not tracked here. Appends with a mark need none of this.
 */
export const raggedEdges = (): RaggedEdges => {
  /** What was reported for each place when a row that begins with a value was last appended there. */
  const evened = new Map<string, Told>();
  const keyOf = ({ spreadsheetId, range }: Place): string => JSON.stringify([spreadsheetId, range]);
  return {
    toldOf: (place) => {
      const known = evened.get(keyOf(place));
      if (place.edge !== undefined && place.edge !== known?.edge) return 'surely';
      return place.cells !== undefined && place.cells !== known?.cells ? 'perhaps' : undefined;
    },
    noted: async (place, rows, work) => {
      const result = await work;
      if (isLeft(result) && result.left.kind !== 'outcome-unknown') return result;
      const { edge, cells } = place;
      if ((edge ?? cells) === undefined || leavesRaggedEdge(rows)) return result;
      putLast(evened, keyOf(place), { edge, cells }, MOST_PLACES);
      return result;
    },
  };
};
