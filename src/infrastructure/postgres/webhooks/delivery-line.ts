import type { DeliveryToKeep } from '../../../domain/webhook/delivery/received-delivery.ts';
import { storedEventText } from '../../events/webhook-event-text.ts';
import { lineJson, lineText } from '../trail/call-line.ts';

/** Where the body of a delivery goes: a piece of the bytes sent along, or so many rows of its own. */
export type BodyPlace = { readonly offset: number } | { readonly parts: number };

/** How often it came. */
export type Sightings = {
  /** Itself and the equal ones of the same moment that it stands for. */
  readonly times: number;
  /** It was written before, and nobody knows whether that was committed: it must not count twice. */
  readonly isWrittenAgain: boolean;
};

const ONCE: Sightings = { times: 1, isWrittenAgain: false };
const NO_EVENT = { head: '', tail: '', end: undefined };

/**
 * One delivery as a line of `accept_deliveries(lines, bodies)` (migration 20261128010000), fields in the order of
 * its input. JSON holds no control characters but white space, so the event goes in as it is.
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
