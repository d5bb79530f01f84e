import type { DeliveryToKeep } from '../../../domain/webhook/delivery/received-delivery.ts';
import type { WaitingDelivery } from './waiting-delivery.ts';

const LARGEST_GROUP = 256;
/** Bytes of bodies and events, so that a group remains one quick statement. */
const LARGEST_GROUP_BYTES = 1_000_000;

/**
 * Takes the deliveries of the next statement from the queue: one for each claim, with equal ones (same body) as its
 * followers. One with the same claim but another body waits for the next group.
 */
export const takeGroup = (queue: Set<WaitingDelivery>): readonly WaitingDelivery[] => {
  const group = new Map<string, WaitingDelivery>();
  let bytes = 0;
  for (const delivery of queue) {
    const key = keyOf(delivery.kept);
    const first = group.get(key);
    if (first !== undefined && isSameBody(first.kept, delivery.kept)) first.followers.push(delivery);
    else if (first !== undefined || group.size >= LARGEST_GROUP || bytes >= LARGEST_GROUP_BYTES) continue;
    else {
      group.set(key, delivery);
      bytes += 2 * delivery.kept.body.length;
    }
    queue.delete(delivery);
  }
  return [...group.values()];
};

const keyOf = ({ delivery, claim }: DeliveryToKeep): string =>
  claim === undefined ? delivery.id : `${delivery.webhookId} ${claim.keyHash}`;

const isSameBody = (one: DeliveryToKeep, two: DeliveryToKeep): boolean =>
  one.delivery.bodySha256 === two.delivery.bodySha256;
