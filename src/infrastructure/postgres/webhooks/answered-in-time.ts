import type { DeliveryToKeep, LedgerAnswer } from '../../../domain/webhook/delivery/received-delivery.ts';
import { patientTimer } from '../../system/patience.ts';
import { UNAVAILABLE, type WaitingDelivery } from './waiting-delivery.ts';

type Queue = {
  readonly add: (delivery: WaitingDelivery) => void;
  readonly letGo: (delivery: WaitingDelivery) => void;
};

/**
 * A delivery that is not answered in time counts as not stored to its sender; if it is committed later, the sender's
 * retry is recognised as a repeat. One that is still waiting then is dropped at once, since its bytes no longer count
 * towards any budget.
 */
export const answeredInTime = (
  kept: DeliveryToKeep,
  queue: Queue,
  patienceMs: number,
): Promise<LedgerAnswer> =>
  new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      late.clear();
      delivery.isOver = true;
      queue.letGo(delivery);
      settle();
    };
    const delivery: WaitingDelivery = {
      kept,
      followers: [],
      resolve: (answer) => end(() => resolve(answer)),
      reject: (error) => end(() => reject(error as Error)),
      isOver: false,
    };
    queue.add(delivery);
    // After a pause, this process may still have to send the group that a delivery waits for: hence a patient timer.
    const late = patientTimer(patienceMs, () => delivery.resolve(UNAVAILABLE));
  });
