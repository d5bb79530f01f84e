import { left } from '../../domain/shared/fp.ts';
import { heldBack } from './send-batch.ts';
import type { WaitingAppend } from './waiting-append.ts';

const TAKEN_OVER = heldBack('a repeat of this request has its key by now; this one sent nothing');

/**
 * The appends of a batch that may leave now. Rows with a key and without a mark cannot be told from other rows later,
 * so their key notes on disk beforehand that they leave: a repeat then knows that they may stand in the sheet. An
 * append whose key somebody else has by now stays behind. If that is the one that paid for the call, or one that had no
 * time to wait, another one stands for the call, or its price would be recorded nowhere.
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
