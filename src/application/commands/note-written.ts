import { isLeft, left } from '../../domain/shared/fp.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import { isInDoubt, mayHaveWritten } from '../provider-call/may-have-written.ts';
import type { Answered, CompletedCall, FailedCall } from '../provider-call/complete-operation.ts';
import type { CallReport } from '../provider-call/call-report.ts';
import { namesOf, type SpreadsheetOfPlan } from '../spreadsheet/spreadsheet-of-plan.ts';

/**
 * Does a write to a spreadsheet, and makes it known to its readers before the caller hears of it: what they had cached,
 * or were loading, is not found any more. Also after a write whose outcome is unknown, or that may still be carried out
 * once more. If it cannot be made known, the caller is told `outcome-unknown`: an answer would promise what readers do
 * not see, and a plain failure would have the write sent again. This concerns only those who read where the write may
 * have gone.
 */
export const noteWritten = async <A>(
  versions: SpreadsheetVersions,
  spreadsheet: SpreadsheetOfPlan,
  write: () => CompletedCall<A>,
): CompletedCall<A> => {
  const areTold = (outcome: 'done' | 'unclear', report?: CallReport) =>
    areMadeKnown(versions, writtenNames(spreadsheet, report), outcome);
  const result = await write().catch(async (error: unknown) => {
    await areTold('unclear');
    throw error;
  });
  if (!isLeft(result)) {
    const { report } = result.right;
    const outcome = report.mayComeAgain === true ? 'unclear' : 'done';
    return (await areTold(outcome, report)) ? result : left(untold(result.right));
  }
  if (mayHaveWritten(result.left.error)) await areTold('unclear', result.left.report);
  return result;
};

/** The service that answered, and those that may have carried it out before; where none is named it may be any. */
const writtenNames = (spreadsheet: SpreadsheetOfPlan, report?: CallReport): readonly string[] => {
  const { serviceId, attempts = [] } = report ?? {};
  const behind = attempts.filter(isInDoubt).map((attempt) => attempt.serviceId);
  const names = namesOf(spreadsheet, serviceId === undefined ? behind : [serviceId, ...behind]);
  return names.length === 0 ? namesOf(spreadsheet) : names;
};

/** A connection that is cut costs one try. Why it failed is logged where it did. */
const areMadeKnown = async (
  { changed }: SpreadsheetVersions,
  names: readonly string[],
  outcome: 'done' | 'unclear',
): Promise<boolean> => {
  const once = (name: string): Promise<boolean> =>
    changed(name, outcome).then(
      () => true,
      () => false,
    );
  const told = await Promise.all(names.map(async (name) => (await once(name)) || once(name)));
  return told.every(Boolean);
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
