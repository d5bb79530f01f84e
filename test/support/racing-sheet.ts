import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../src/domain/provider/provider-error.ts';
import type {
  AppendRows,
  MarkedOutcome,
  Spreadsheet,
  WrittenCell,
} from '../../src/domain/provider/spreadsheet.ts';
import type { Sleep } from '../../src/domain/shared/clock.ts';
import { left, right } from '../../src/domain/shared/fp.ts';

type Row = readonly WrittenCell[];
export type RacingSheet = Pick<Spreadsheet, 'append' | 'appendMarked'> & {
  /** The rows of `Sheet1`, starting with row 1. */
  readonly rows: readonly (Row | undefined)[];
  /** For each call, its number of callers' rows and its access, which includes the time limit. */
  readonly calls: readonly { readonly rows: number; readonly access: ProviderAccess }[];
  /** Errors for the next calls: returned either before anything is written or after everything is. */
  readonly faults: { readonly error: ProviderError; readonly isWritten: boolean }[];
};

/**
 * A sheet whose appends find the last row, take some time, and then write below it: two concurrent appends overwrite
 * each other, as Google's do. A request with a row that contains "refused" is refused as a whole.
 */
export const racingSheet = (sleep: Sleep, takesMs: () => number): RacingSheet => {
  const rows: Row[] = [];
  const calls: { rows: number; access: ProviderAccess }[] = [];
  const faults: { error: ProviderError; isWritten: boolean }[] = [];
  const marks = new Map<number, string>();

  const updateOf = (start: number, added: readonly Row[]) => {
    const columns = Math.max(...added.map((row) => row.length));
    const last = String.fromCodePoint(64 + columns);
    const isCell = columns === 1 && added.length === 1;
    return {
      updatedRange: isCell ? `Sheet1!A${start + 1}` : `Sheet1!A${start + 1}:${last}${start + added.length}`,
      updatedRows: added.length,
      updatedColumns: columns,
      updatedCells: added.flat().filter((cell) => cell !== null).length,
    };
  };
  const write = async (access: ProviderAccess, added: readonly Row[]) => {
    calls.push({ rows: added.length, access });
    const start = rows.length;
    await sleep(takesMs());
    if (added.some((row) => row.includes('refused')))
      return left<ProviderError>({ kind: 'request-rejected', message: 'no' });
    const fault = faults.shift();
    if (fault !== undefined && !fault.isWritten) return left(fault.error);
    added.forEach((row, index) => (rows[start + index] = row));
    return fault === undefined ? right(updateOf(start, added)) : left(fault.error);
  };
  return {
    rows,
    calls,
    faults,
    append: async (access, { rows: added }: AppendRows) => {
      const written = await write(access, added);
      return written._tag === 'Left' ? written : right({ update: written.right });
    },
    appendMarked: async (access, { operations }) => {
      const fresh = operations.filter(({ mark }) => !marks.has(mark));
      const start = rows.length;
      if (fresh.length > 0) {
        const written = await write(
          access,
          fresh.flatMap(({ rows: own }) => own),
        );
        if (written._tag === 'Left') return written;
      }
      let row = start;
      for (const { mark, rows: own } of fresh) {
        marks.set(mark, updateOf(row, own).updatedRange);
        row += own.length;
      }
      return right(
        operations.map(({ mark, rows: own }): MarkedOutcome => {
          const update = { ...updateOf(0, own), updatedRange: marks.get(mark) ?? '' };
          return { kind: fresh.some((one) => one.mark === mark) ? 'appended' : 'already', mark, update };
        }),
      );
    },
  };
};
