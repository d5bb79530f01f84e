import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AppendRows, ReadAnswer } from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';
import { putLast } from '../../domain/shared/put-last.ts';
import type { A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';
import { mayBeSameTitle } from '../../domain/spreadsheet/sheet-title.ts';
import { placeKeyOf } from './first-look.ts';

type Place = Pick<AppendRows, 'spreadsheetId' | 'range'>;

/** Resolves names that are not the title of a sheet but a named range. */
export type NamedCells = {
  /** The cells as found recently; undefined: use the name as a title. */
  readonly known: (access: ProviderAccess, place: Place) => A1Range | undefined;
  /**
   * Costs one read. Undefined when the name is a sheet's title after all, so that the refusal had another reason, or
   * when it is nothing at all.
   */
  readonly find: (
    access: ProviderAccess,
    place: Place,
    word: A1Range,
    read: (cells: A1Range) => AsyncResult<ProviderError, ReadAnswer>,
  ) => Promise<A1Range | undefined>;
};

const MOST_NAMES = 5_000;
/**
 * Named ranges are rarely moved. Without this memory each append to one would first be refused, which costs a write.
 */
const KNOWN_FOR_MS = 60_000;

export const namedCells = (clock: Pick<Clock, 'monotonic'>): NamedCells => {
  const names = new Map<string, { readonly cells: A1Range; readonly until: number }>();
  return {
    known: (access, place) => {
      const name = names.get(placeKeyOf(access, place));
      return name !== undefined && clock.monotonic() < name.until ? name.cells : undefined;
    },
    find: async (access, place, word, read) => {
      const found = await read(word);
      if (isLeft(found)) return undefined;
      const echo = parseA1(found.right.valueRanges[0]?.range ?? '');
      if (isLeft(echo) || echo.right.sheet === undefined) return undefined;
      if (mayBeSameTitle(echo.right.sheet, word.sheet ?? '')) return undefined;
      const until = clock.monotonic() + KNOWN_FOR_MS;
      putLast(names, placeKeyOf(access, place), { cells: echo.right, until }, MOST_NAMES);
      return echo.right;
    },
  };
};
