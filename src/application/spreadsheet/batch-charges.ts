import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import { nextBatch } from './batch-bounds.ts';
import { heldBack } from './send-batch.ts';
import type { WaitingAppend } from './waiting-append.ts';

const NOBODY = heldBack('nobody waits for this call any more');

/**
 * Pays for the next request and its callers: each caller against its tenant's limit, the request once against the
 * service. A caller that is refused gets the refusal and leaves the lane. The returned function is called when the
 * request can leave, and again if it could not. Left: no caller remains for whom it could leave.
 */
export const batchCharges = (
  waiting: readonly WaitingAppend[],
  refuse: (one: WaitingAppend, error: ProviderError) => void,
): (() => AsyncResult<ProviderError, void>) => {
  let isCallPaid = false;

  const payFor = async (one: WaitingAppend, withCall: boolean): AsyncResult<ProviderError, void> => {
    const paid = await one.pay(withCall);
    if (isLeft(paid)) refuse(one, paid.left);
    return paid;
  };

  return async () => {
    let refusal = NOBODY;
    for (;;) {
      const batch = nextBatch(waiting);
      const [first] = batch;
      if (first === undefined) return left(refusal);
      const unpaid = batch.filter((one) => !one.isPaid());
      if (isCallPaid && unpaid.length === 0) return right(undefined);
      if (isCallPaid) {
        await Promise.all(unpaid.map((one) => payFor(one, false)));
        continue;
      }
      const paid = batch.find((one) => one.isPaid());
      const call = paid === undefined ? await payFor(first, true) : await paid.payCall();
      isCallPaid = !isLeft(call);
      if (!isLeft(call)) continue;
      // The service's quota refused the request, which concerns no single caller.
      if (paid !== undefined) return call;
      refusal = call.left;
    }
  };
};
