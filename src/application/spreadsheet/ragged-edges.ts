import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AppendRows, MajorDimension, WrittenCell } from '../../domain/provider/spreadsheet.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';
import { putLast } from '../../domain/shared/put-last.ts';

/** What the turn of a spreadsheet tells of it (`WriterTurn`). */
type Told = { readonly edge: string | undefined; readonly cells: string | undefined };
/** A place to append to, and what is told of its spreadsheet. */
export type Place = Pick<AppendRows, 'spreadsheetId' | 'range'> & Told;

/** Rows that were appended stand at the edge of a table; given cells may stand anywhere, on other sheets too. */
export type Raggedness = 'surely' | 'perhaps';

/** Places below which a row that begins with an empty cell may stand. */
export type RaggedEdges = {
  readonly toldOf: (place: Place) => Raggedness | undefined;
  /** Remembers that the place is even again when the append was carried out, or nobody knows. */
  readonly noted: <A>(
    place: Place,
    rows: AppendRows['rows'],
    work: AsyncResult<ProviderError, A>,
  ) => AsyncResult<ProviderError, A>;
};

/** Beside a table, an empty first cell moves what is appended next to the right: Google looks for the table there. */
export const beginsEmpty = ([first]: readonly WrittenCell[]): boolean =>
  first === undefined || first === null || first === '';

export const leavesRaggedEdge = (rows: AppendRows['rows']): boolean => {
  const last = rows.at(-1);
  return last !== undefined && beginsEmpty(last);
};

/** The same of cells that are written where the caller says: a cell of null may be empty, or not. */
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
 * Below a row that begins with an empty cell Google may find no table in the first column, and would put the next row
 * over existing ones. Where such a row stands is not known, so it is looked for once at each place. Rows that people
 * write are not known here; an append with a key needs none of this.
 */
export const raggedEdges = (): RaggedEdges => {
  /** What was told of each place when a row that begins with a value was put there last. */
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
