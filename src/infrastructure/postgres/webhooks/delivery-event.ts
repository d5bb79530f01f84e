import { LARGEST_PAYLOAD, webhookEventText, type EventReplay } from '../../events/webhook-event-text.ts';
import { bodyPiecesOf, contentOf, deliveryFromRow, type DeliveryRow } from './delivery-row.ts';
import type { Session } from '../tenant-session.ts';

/** The event of a stored delivery, as it was or would have been published at once. Undefined: its body is gone. */
export const deliveryEventText = async (
  session: Session,
  row: DeliveryRow,
  replay?: EventReplay,
): Promise<string | undefined> => {
  const delivery = deliveryFromRow(row);
  const pieces: Buffer[] = [];
  const isInline = delivery.size <= LARGEST_PAYLOAD;
  if (isInline) for await (const piece of bodyPiecesOf(session, delivery)) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (isInline && body.length !== delivery.size) return undefined;
  const { head, tail } = webhookEventText(delivery, body, contentOf(delivery, body), replay);
  return head + tail;
};
