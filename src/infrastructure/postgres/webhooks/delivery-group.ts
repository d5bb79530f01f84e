import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { DeliveryToKeep, LedgerAnswer } from '../../../domain/webhook/delivery/received-delivery.ts';
import { LINE_END } from '../trail/call-line.ts';
import { isDataError, isMisrouted } from '../data-error.ts';
import { deliveryLine } from './delivery-line.ts';
import { isDependencyLost } from '../dependency-lost.ts';
import { asSystem, type Session } from '../tenant-session.ts';
import { sendUncopied, type TextRow } from './uncopied-bytes.ts';

export type DeliveryStore = {
  readonly pool: Pick<Pool, 'connect'>;
  readonly isAway: () => boolean;
};

export type WaitingDelivery = {
  readonly kept: DeliveryToKeep;
  /** Equal ones of the same moment: counted with this one and answered by its outcome. */
  readonly followers: WaitingDelivery[];
  readonly resolve: (answer: LedgerAnswer) => void;
  readonly reject: (error: unknown) => void;
  isOver: boolean;
};

type Row = {
  readonly delivery: string;
  readonly first_delivery: string;
  readonly is_other_body: boolean;
  readonly is_suspect: boolean;
};

const ACCEPT = 'select delivery, first_delivery, is_other_body, is_suspect from accept_deliveries($1, $2)';
const INSERT_PART = `
  insert into webhook_body_parts (delivery_id, part, management_company_id, received_at, bytes)
  values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5)`;
const CLAIMED = `select from webhook_dedupe
  where webhook_id = $1 and key_hash = decode($2, 'hex') and expires_at > to_timestamp($3::float8 / 1000)`;
const LET_PARTS_GO = `delete from webhook_body_parts
  where delivery_id = $1 and received_at = to_timestamp($2::float8 / 1000)`;
/** Two for dead connections that a pool still lends. */
const ATTEMPTS = 3;
/** Milliseconds. Nobody waits longer. */
const STORE_TIMEOUT_MS = 5_000;
const PART_BYTES = 512 * 1024;
const UNAVAILABLE: LedgerAnswer = { kind: 'unavailable' };

/**
 * Stores a group in one statement and settles it. Whether a lost connection took its commit along is not known; the
 * group is then written again, and what was stored finds its own claim. What the database refuses is found by
 * halving, so that only its own sender hears of it. Never rejects.
 */
export const storeDeliveries = async (
  store: DeliveryStore,
  group: readonly WaitingDelivery[],
): Promise<void> => {
  const written = await write(store, group);
  if ('rows' in written) return settle(group, written.rows);
  if (isDataError(written.error) && group.length > 1) {
    const middle = Math.ceil(group.length / 2);
    await storeDeliveries(store, group.slice(0, middle));
    return storeDeliveries(store, group.slice(middle));
  }
  if (isDependencyLost(written.error)) for (const delivery of group) settleAll(delivery, UNAVAILABLE);
  else for (const delivery of group) rejectAll(delivery, written.error);
};

const write = async (
  { pool, isAway }: DeliveryStore,
  group: readonly WaitingDelivery[],
): Promise<{ readonly rows: readonly Row[] } | { readonly error: unknown }> => {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await writeOnce(pool, group, attempt > 1);
    if ('rows' in outcome || isDataError(outcome.error)) return outcome;
    if (attempt === ATTEMPTS || isAway() || !isDependencyLost(outcome.error)) return outcome;
  }
};

const writeOnce = async (
  pool: DeliveryStore['pool'],
  group: readonly WaitingDelivery[],
  isWrittenAgain: boolean,
): Promise<{ readonly rows: readonly Row[] } | { readonly error: unknown }> => {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return { error };
  }
  try {
    const rows = await sendUncopied(client, statementFor(group, isWrittenAgain));
    client.release();
    return { rows: rows.map(rowOf) };
  } catch (error) {
    client.release(!(error instanceof DatabaseError) || error.severity !== 'ERROR');
    return { error };
  }
};

/** Without a name, as the trail's: PgBouncer may not know names. */
const statementFor = (
  group: readonly WaitingDelivery[],
  isWrittenAgain: boolean,
): Parameters<typeof sendUncopied>[1] => {
  let offset = 0;
  const lines = group.map(({ kept, followers }) => {
    const line = deliveryLine(kept, { offset }, { times: 1 + followers.length, isWrittenAgain });
    offset += kept.body.length;
    return line;
  });
  return {
    text: ACCEPT,
    texts: [lines.join(LINE_END)],
    bytes: group.map(({ kept }) => kept.body),
    query_timeout: STORE_TIMEOUT_MS,
  };
};

/** Columns in the order of ACCEPT. */
const rowOf = ([delivery, firstDelivery, isOtherBody, isSuspect]: TextRow): Row => ({
  delivery: delivery ?? '',
  first_delivery: firstDelivery ?? '',
  is_other_body: isOtherBody === 't',
  is_suspect: isSuspect === 't',
});

/** One delivery whose body goes in parts of its own rows, in one transaction. Never rejects. */
export const storeLargeDelivery = async (
  pool: Pool,
  delivery: WaitingDelivery,
  attempts = ATTEMPTS,
): Promise<void> => {
  try {
    const row = await asSystem({ pool }, (session) => writeLarge(session, delivery));
    settle([delivery], row === undefined ? [] : [row]);
  } catch (error) {
    if (attempts > 1 && isMisrouted(error)) return storeLargeDelivery(pool, delivery, attempts - 1);
    if (isDependencyLost(error)) settleAll(delivery, UNAVAILABLE);
    else rejectAll(delivery, error);
  }
};

/**
 * A repeat sends no bytes. All others claim their key last: who comes with the same one waits for it, with its whole
 * group, and parts may take seconds.
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
  // Another one claimed it meanwhile.
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
    // Its sender has been told to come again: what comes then is to be the first.
    if (waiting.isOver) throw new Error('a large delivery was not stored in time');
  }
};

const settle = (group: readonly WaitingDelivery[], rows: readonly Row[]): void => {
  const byId = new Map(rows.map((row) => [row.delivery, row]));
  for (const waiting of group) {
    const row = byId.get(waiting.kept.delivery.id);
    if (row === undefined) rejectAll(waiting, new Error('a delivery was not answered by its store'));
    else settleOne(waiting, row);
  }
};

const settleOne = (waiting: WaitingDelivery, row: Row): void => {
  const isFirst = row.first_delivery === row.delivery;
  waiting.resolve(
    isFirst
      ? { kind: 'stored', isSuspect: row.is_suspect }
      : { kind: 'repeated', firstId: row.first_delivery, isOtherBody: row.is_other_body },
  );
  for (const { resolve } of waiting.followers)
    resolve({ kind: 'repeated', firstId: row.first_delivery, isOtherBody: row.is_other_body });
};

const settleAll = ({ resolve, followers }: WaitingDelivery, answer: LedgerAnswer): void => {
  resolve(answer);
  for (const follower of followers) follower.resolve(answer);
};

const rejectAll = ({ reject, followers }: WaitingDelivery, error: unknown): void => {
  reject(error);
  for (const follower of followers) follower.reject(error);
};
