import type { DeliveryToKeep, LedgerAnswer } from '../../../domain/webhook/delivery/received-delivery.ts';
import { UNAVAILABLE, type WaitingDelivery } from './waiting-delivery.ts';

type Queue = {
  readonly add: (delivery: WaitingDelivery) => void;
  readonly letGo: (delivery: WaitingDelivery) => void;
};

/**
 * What was not answered in time is not stored, as far as its sender is concerned; a late commit makes
 * its retry a repeat. One that still waits then is let go at once: nobody counts its bytes any more.
 */
export const answeredInTime = (
  kept: DeliveryToKeep,
  queue: Queue,
  patienceMs: number,
): Promise<LedgerAnswer> =>
  new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(late);
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
    // A busy process hears of the clock before it reads its sockets: an answer may lie there already.
    const late = setTimeout(() => setImmediate(() => delivery.resolve(UNAVAILABLE)), patienceMs);
  });
