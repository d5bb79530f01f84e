import { isLeft } from '../../domain/shared/fp.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import { mayHaveWritten } from '../provider-call/may-have-written.ts';
import type { CompletedCall } from '../provider-call/provider-call.ts';

/**
 * Does a write to a spreadsheet, and makes it known to its readers before the caller hears of it: what they had cached,
 * or were loading, is then found no more. Also after a write that nobody knows the end of. Rejects when it cannot be
 * made known: an answer would promise what readers do not see.
 */
export const noteWritten = async <A>(
  versions: SpreadsheetVersions,
  spreadsheetId: string,
  write: () => CompletedCall<A>,
): CompletedCall<A> => {
  let outcome: 'done' | 'unclear' | 'nothing' = 'unclear';
  try {
    const result = await write();
    outcome = isLeft(result) ? (mayHaveWritten(result.left.error) ? 'unclear' : 'nothing') : 'done';
    return result;
  } finally {
    if (outcome !== 'nothing') await versions.changed(spreadsheetId, outcome);
  }
};
