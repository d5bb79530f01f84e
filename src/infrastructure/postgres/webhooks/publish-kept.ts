import { DatabaseError } from 'pg';
import { deliveryEventText } from './delivery-event.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { Session } from '../tenant-session.ts';
import { unlessItsData } from './unless-its-data.ts';

const PUBLISH = `with published as (
    update webhook_deliveries set state = 'accepted', published_at = now()
    where id = $1 and received_at = $2 returning management_company_id)
  insert into outbox_messages (management_company_id, messages) select management_company_id, $3 from published`;
const PARK = `update webhook_deliveries set state = 'parked' where id = $1 and received_at = $2`;

/**
 * A delivery that was set aside, to be reported after the commit. `why` names an error and quotes nothing of the
 * delivery.
 */
export type Parked = {
  readonly id: string;
  readonly tenant: string;
  readonly webhookId: string;
  readonly why: string;
};

/**
 * Publishes a waiting delivery through the outbox, in the same transaction. If no event can be made of it, it is parked
 * instead, so that those behind it can proceed.
 */
export const publishKept = async (session: Session, row: DeliveryRow): Promise<Parked | undefined> => {
  const error = await unlessItsData(session, async () => {
    const text = await deliveryEventText(session, row);
    if (text === undefined) throw new BodyGone();
    await session.query(PUBLISH, [row.id, row.received_at, `[${text}]`]);
  });
  if (error === undefined) return undefined;
  await session.query(PARK, [row.id, row.received_at]);
  const why = error instanceof DatabaseError ? `SQLSTATE ${error.code}` : error.name;
  return { id: row.id, tenant: row.management_company_id, webhookId: row.webhook_id, why };
};

class BodyGone extends Error {
  override readonly name = 'BodyGone';
}
