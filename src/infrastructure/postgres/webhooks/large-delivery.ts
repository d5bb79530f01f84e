import type { Pool } from 'pg';
import { isMisrouted } from '../data-error.ts';
import { asSystem, type Session } from '../tenant-session.ts';
import { STORE_ATTEMPTS } from './delivery-group.ts';
import { deliveryLine } from './delivery-line.ts';
import { sendUncopied } from './uncopied-bytes.ts';
import { ACCEPT, fail, settle, type Row, type WaitingDelivery } from './waiting-delivery.ts';

const INSERT_PART = `
  insert into webhook_body_parts (delivery_id, part, management_company_id, received_at, bytes)
  values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5)`;
const CLAIMED = `select from webhook_dedupe
  where webhook_id = $1 and key_hash = decode($2, 'hex') and expires_at > to_timestamp($3::float8 / 1000)`;
const LET_PARTS_GO = `delete from webhook_body_parts
  where delivery_id = $1 and received_at = to_timestamp($2::float8 / 1000)`;
const PART_BYTES = 512 * 1024;

/** Stores one delivery whose body is split into parts, in one transaction. Never rejects. */
export const storeLargeDelivery = async (
  pool: Pool,
  delivery: WaitingDelivery,
  attempts = STORE_ATTEMPTS,
): Promise<void> => {
  try {
    const row = await asSystem({ pool }, (session) => writeLarge(session, delivery));
    settle([delivery], row === undefined ? [] : [row]);
  } catch (error) {
    if (attempts > 1 && isMisrouted(error)) return storeLargeDelivery(pool, delivery, attempts - 1);
    fail(delivery, error);
  }
};

/**
 * A repeat writes no bytes. Otherwise the claim is made last: whoever comes with the same key waits for it, with its
 * whole group, and writing the parts may take seconds.
 */
const writeLarge = async (session: Session, waiting: WaitingDelivery): Promise<Row | undefined> => {
  const { delivery, claim, body } = waiting.kept;
  const asked = [delivery.webhookId, claim?.keyHash ?? null, delivery.receivedAt];
  const isKnown = (await session.query(CLAIMED, asked)).rowCount === 1;
  if (!isKnown) await writeParts(session, waiting);
  const line = deliveryLine(waiting.kept, { parts: partsOf(body) });
  const row = (await session.query<Row>(ACCEPT, [line, Buffer.alloc(0)])).rows[0];
  const isFirst = row?.first_delivery === delivery.id;
  if (isFirst && isKnown) await writeParts(session, waiting);
  // Another delivery has made the claim meanwhile.
  if (!isFirst && !isKnown) await session.query(LET_PARTS_GO, [delivery.id, delivery.receivedAt]);
  return row;
};

const partsOf = (body: Uint8Array): number => Math.ceil(body.length / PART_BYTES);

const writeParts = async (session: Session, waiting: WaitingDelivery): Promise<void> => {
  const { delivery, body } = waiting.kept;
  for (let part = 0; part < partsOf(body); part += 1) {
    const texts = [delivery.id, String(part), delivery.tenantId, String(delivery.receivedAt)];
    const bytes = body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    await sendUncopied(session, { text: INSERT_PART, texts, bytes: [bytes] });
    // The sender was told to come again: that later delivery shall be the first one then.
    if (waiting.isOver) throw new Error('a large delivery was not stored in time');
  }
};
