import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import { nextBatch } from './batch-bounds.ts';
import { heldBack } from './send-batch.ts';
import type { WaitingAppend } from './waiting-append.ts';

const NOBODY = heldBack('nobody waits for this call any more');

/**
 * Pays for the next call and all who go along: each caller against its tenant, the call once against the service. Who
 * is refused is told so and goes. Asked when the call can leave, and again when it could not. Left when it can leave
 * for nobody who waits.
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
      // It was the service that refused it, and nobody in person.
      if (paid !== undefined) return call;
      refusal = call.left;
    }
  };
};
