import { isLeft, left } from '../../domain/shared/fp.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import { mayHaveWritten } from '../provider-call/may-have-written.ts';
import type { Answered, CompletedCall, FailedCall } from '../provider-call/provider-call.ts';

/**
 * Does a write to a spreadsheet, and makes it known to its readers before the caller hears of it: what they had cached,
 * or were loading, is then found no more. Also after a write that nobody knows the end of. Where it cannot be made
 * known an answer would promise what readers do not see, and a plain failure would have the write sent again: it is
 * `outcome-unknown`.
 */
export const noteWritten = async <A>(
  versions: SpreadsheetVersions,
  spreadsheetId: string,
  write: () => CompletedCall<A>,
): CompletedCall<A> => {
  const areTold = (outcome: 'done' | 'unclear') => isMadeKnown(versions, spreadsheetId, outcome);
  const result = await write().catch(async (error: unknown) => {
    await areTold('unclear');
    throw error;
  });
  if (!isLeft(result)) return (await areTold('done')) ? result : left(untold(result.right));
  if (mayHaveWritten(result.left.error)) await areTold('unclear');
  return result;
};

/** A connection that is cut costs one try. Why it failed is logged where it did. */
const isMadeKnown = async (
  { changed }: SpreadsheetVersions,
  spreadsheetId: string,
  outcome: 'done' | 'unclear',
): Promise<boolean> => {
  const once = (): Promise<boolean> =>
    changed(spreadsheetId, outcome).then(
      () => true,
      () => false,
    );
  return (await once()) || once();
};

const untold = <A>({ report }: Answered<A>): FailedCall => ({
  kind: 'failed-call',
  error: {
    kind: 'call-failed',
    error: {
      kind: 'outcome-unknown',
      message:
        'it was written, but could not be made known here: look into the sheet before it is sent again',
    },
    attempts: report.attempts,
  },
  report,
});
