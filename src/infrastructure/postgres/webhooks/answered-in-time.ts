import type { DeliveryToKeep, LedgerAnswer } from '../../../domain/webhook/delivery/received-delivery.ts';
import { patientTimer } from '../../system/patience.ts';
import { UNAVAILABLE, type WaitingDelivery } from './waiting-delivery.ts';

type Queue = {
  readonly add: (delivery: WaitingDelivery) => void;
  readonly letGo: (delivery: WaitingDelivery) => void;
};

/**
 * A delivery that was not answered in time counts as not stored for its sender; if it is committed later, the sender's
 * retry is a repeat. One that still waits then is let go at once, since its bytes are counted for nobody any more.
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
    // One that waits for the group under way is still to be sent where this process was held up.
    const late = patientTimer(patienceMs, () => delivery.resolve(UNAVAILABLE));
  });
