import type { DeliveryToKeep } from '../../../domain/webhook/delivery/received-delivery.ts';
import { storedEventText } from '../../events/webhook-event-text.ts';
import { lineJson, lineText } from '../trail/call-line.ts';

/**
 * Where the body of a delivery is stored: in its row, from this offset of the bytes sent along, or in so many parts.
 */
export type BodyPlace = { readonly offset: number } | { readonly parts: number };

/** How often the delivery was seen. */
export type Sightings = {
  /** Itself, and the equal deliveries of the same moment that it represents. */
  readonly times: number;
  /** It was written before, perhaps with a commit: it must not count twice. */
  readonly isWrittenAgain: boolean;
};

const ONCE: Sightings = { times: 1, isWrittenAgain: false };
const NO_EVENT = { head: '', tail: '', end: undefined };

/**
 * One delivery as a line for `accept_deliveries(lines, bodies)` (migration 20261128010000), with its fields in the
 * order of the input. JSON contains no control characters other than white space, so the event goes in as it is.
 */
export const deliveryLine = (kept: DeliveryToKeep, place: BodyPlace, sightings = ONCE): string => {
  const { delivery, state, claim, bodyClaim, body } = kept;
  const { verification } = delivery;
  const inline = 'offset' in place;
  const event = state === 'accepted' ? storedEventText(delivery, body, kept.content) : NO_EVENT;
  return (
    `${delivery.id}\x1f${delivery.tenantId}\x1f${delivery.webhookId}\x1f${delivery.source}\x1f` +
    `${lineText(delivery.eventType)}\x1f${lineText(delivery.externalId)}\x1f` +
    `${claim?.keyHash ?? ''}\x1f${claim?.until ?? ''}\x1f` +
    `${bodyClaim?.keyHash ?? ''}\x1f${bodyClaim?.until ?? ''}\x1f${delivery.bodySha256}\x1f` +
    `${inline ? place.offset : ''}\x1f${inline ? body.length : ''}\x1f${inline ? '' : place.parts}\x1f` +
    `${lineText(delivery.contentType)}\x1f${delivery.size}\x1f${lineJson(delivery.headers)}\x1f` +
    `${lineText(delivery.clientAddress)}\x1f${verification.method}\x1f${verification.level}\x1f` +
    `${verification.secretVersion ?? ''}\x1f${lineText(delivery.requestId)}\x1f` +
    `${delivery.sentAt ?? ''}\x1f${delivery.receivedAt}\x1f${state}\x1f${delivery.flags.join(',')}\x1f` +
    `${event.head}\x1f${event.tail}\x1f${event.end ?? ''}\x1f` +
    `${sightings.times}\x1f${sightings.isWrittenAgain ? 'again' : ''}`
  );
};
