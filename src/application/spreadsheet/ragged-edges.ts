import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AppendRows, WrittenCell } from '../../domain/provider/spreadsheet.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';

type Place = Pick<AppendRows, 'spreadsheetId' | 'range'>;

/** Places whose last row, when it was appended by this process, began with an empty cell. */
export type RaggedEdges = {
  readonly isRagged: (place: Place) => boolean;
  /** Remembers how an append leaves its place, if it is carried out, or nobody knows. */
  readonly noted: <A>(
    request: AppendRows,
    work: AsyncResult<ProviderError, A>,
  ) => AsyncResult<ProviderError, A>;
};

/** Beside a table, an empty first cell moves what is appended next to the right: Google looks for the table there. */
export const beginsEmpty = ([first]: readonly WrittenCell[]): boolean =>
  first === undefined || first === null || first === '';

const MOST_PLACES = 5_000;

/**
 * Below such a row Google may find no table in the first column, and would put the next row over the ones there are.
 * What another replica appends, or people, is not known here; an append with a key needs none of it.
 */
export const raggedEdges = (): RaggedEdges => {
  const places = new Set<string>();
  const keyOf = ({ spreadsheetId, range }: Place): string => JSON.stringify([spreadsheetId, range]);
  return {
    isRagged: (place) => places.has(keyOf(place)),
    noted: async (request, work) => {
      const result = await work;
      if (isLeft(result) && result.left.kind !== 'outcome-unknown') return result;
      const key = keyOf(request);
      const last = request.rows.at(-1);
      if (last === undefined || !beginsEmpty(last)) places.delete(key);
      else places.add(key);
      const [oldest] = places;
      if (places.size > MOST_PLACES && oldest !== undefined) places.delete(oldest);
      return result;
    },
  };
};
