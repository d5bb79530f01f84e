import { left } from '../../domain/shared/fp.ts';
import { heldBack } from './send-batch.ts';
import type { WaitingAppend } from './waiting-append.ts';

const TAKEN_OVER = heldBack(
  'a repeat of this request has taken over its Idempotency-Key; this one sent nothing',
);

/**
 * The appends of a batch that may be sent now. Rows with an idempotency key but without a mark cannot be recognised in
 * the sheet later, so their key records durably beforehand that they are being sent: a repeat then knows that they may
 * be in the sheet. An append whose key was taken over meanwhile is not sent. If that append, or one that ran out of
 * time, paid for the request, another one stands in for it, so that the cost is recorded.
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
  // An append that is answered already has recorded what it paid.
  if (!leaving.some((one) => one.bearsCall())) leaving.find((one) => !one.isAnswered())?.standFor();
  return leaving;
};

/** Still unanswered, and its caller is still connected. */
const isThere = ({ isAnswered, access }: WaitingAppend): boolean => !isAnswered() && !access.signal.aborted;
