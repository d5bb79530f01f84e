import { left } from '../../domain/shared/fp.ts';
import { heldBack } from './send-batch.ts';
import type { WaitingAppend } from './waiting-append.ts';

const TAKEN_OVER = heldBack('a repeat of this request has its key by now; this one sent nothing');

/**
 * Those who may leave now. Rows under a key that nothing will tell from other rows are said to leave before they do, on
 * disk, so that a repeat knows whether they can stand in the sheet. Whose key somebody else has by now stays behind.
 * Where the one stays behind that has paid for the call, or had no time to wait for it, another one stands for it, or
 * its price would stand nowhere.
 */
export const announced = async (batch: readonly WaitingAppend[]): Promise<readonly WaitingAppend[]> => {
  for (const one of batch) one.send(() => batch.some((other) => other !== one && isThere(other)));
  const answers = await Promise.allSettled(batch.map(async ({ asked }) => asked.unmarked?.sending() ?? true));
  const leaving = batch.filter((one, index) => {
    const answer = answers[index];
    if (answer?.status === 'rejected') one.reject(answer.reason);
    else if (answer?.value === false) one.settle(left(TAKEN_OVER));
    else return true;
    return false;
  });
  // Who has its answer by now has counted what it paid.
  if (!leaving.some((one) => one.bearsCall())) leaving.find((one) => !one.isAnswered())?.standFor();
  return leaving;
};

/** Still to be told, and by its own caller waited for. */
const isThere = ({ isAnswered, access }: WaitingAppend): boolean => !isAnswered() && !access.signal.aborted;
