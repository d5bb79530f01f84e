import { replayEventId } from '../../domain/webhook/replay.ts';
import { deliveryEventText } from './delivery-event.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { ReplayRow } from './replay-row.ts';
import type { Session } from './tenant-session.ts';

type Sender = Pick<ReplayRow, 'id' | 'management_company_id' | 'requested_by' | 'reason'>;

/** What was held or filtered is, from now on, given to the bus. */
const PUBLISHED = `update webhook_deliveries set state = 'accepted', published_at = $3
  where id = $1 and received_at = $2 and published_at is null`;
const OUTBOX = 'insert into outbox_messages (management_company_id, messages) values ($1, $2)';

/** Puts the event of a replay into the outbox, within the transaction. Undefined: the body is not there any more. */
export const sendReplayed = async (
  session: Session,
  row: DeliveryRow,
  replay: Sender,
  at: number,
): Promise<string | undefined> => {
  const eventId = replayEventId(replay.id, row.id);
  const text = await deliveryEventText(session, row, {
    id: replay.id,
    eventId,
    by: replay.requested_by,
    reason: replay.reason,
  });
  if (text === undefined) return undefined;
  await session.query(OUTBOX, [replay.management_company_id, `[${text}]`]);
  if (row.published_at === null) await session.query(PUBLISHED, [row.id, row.received_at, new Date(at)]);
  return eventId;
};
