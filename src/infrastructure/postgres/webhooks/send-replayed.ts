import { replayEventId } from '../../../domain/webhook/delivery/replay.ts';
import { deliveryEventText } from './delivery-event.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { ReplayRow } from './replay-row.ts';
import type { Session } from '../tenant-session.ts';
import { unlessItsData } from './unless-its-data.ts';

type Sender = Pick<ReplayRow, 'id' | 'management_company_id' | 'requested_by' | 'reason'>;

/** A delivery that was held, filtered or parked counts as published from now on. */
const PUBLISHED = `update webhook_deliveries set state = 'accepted', published_at = $3
  where id = $1 and received_at = $2 and published_at is null`;
const OUTBOX = 'insert into outbox_messages (management_company_id, messages) values ($1, $2)';

/**
 * Writes the event of a replay to the outbox, within the transaction. Undefined: no event can be made of the delivery
 * any more.
 */
export const sendReplayed = async (
  session: Session,
  row: DeliveryRow,
  replay: Sender,
  at: number,
): Promise<string | undefined> => {
  const eventId = replayEventId(replay.id, row.id);
  const again = { id: replay.id, eventId, by: replay.requested_by, reason: replay.reason };
  let isSent = false;
  const error = await unlessItsData(session, async () => {
    const text = await deliveryEventText(session, row, again);
    if (text === undefined) return;
    await session.query(OUTBOX, [replay.management_company_id, `[${text}]`]);
    if (row.published_at === null) await session.query(PUBLISHED, [row.id, row.received_at, new Date(at)]);
    isSent = true;
  });
  return error === undefined && isSent ? eventId : undefined;
};
