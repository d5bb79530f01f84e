import { isLeft, left } from '../../domain/shared/fp.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import { isInDoubt, mayHaveWritten } from '../provider-call/may-have-written.ts';
import type { Answered, CompletedCall, FailedCall } from '../provider-call/complete-operation.ts';
import type { CallReport } from '../provider-call/call-report.ts';
import { namesOf, type SpreadsheetOfPlan } from '../spreadsheet/spreadsheet-of-plan.ts';

/**
 * Runs a write to a spreadsheet and changes the spreadsheet's version before the caller is answered, so that no read
 * sees what was cached or being loaded before (read-your-writes, ADR 27). The version changes too when the outcome is
 * unknown or an earlier request may still arrive. If it cannot be changed, the caller gets `outcome-unknown`: a success
 * would promise what reads do not show yet, and a plain failure would make the caller repeat the write. Only reads of
 * the addresses that may have been written are affected.
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

/**
 * The spreadsheet at the service that answered and at those that may have carried out the write before. If no service
 * is named it may be any.
 */
const writtenNames = (spreadsheet: SpreadsheetOfPlan, report?: CallReport): readonly string[] => {
  const { serviceId, attempts = [] } = report ?? {};
  const behind = attempts.filter(isInDoubt).map((attempt) => attempt.serviceId);
  const names = namesOf(spreadsheet, serviceId === undefined ? behind : [serviceId, ...behind]);
  return names.length === 0 ? namesOf(spreadsheet) : names;
};

/** One retry, for a lost connection. The cause is logged where it occurs. */
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
