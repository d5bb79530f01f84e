import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { LINE_END } from '../trail/call-line.ts';
import { isDataError } from '../data-error.ts';
import { endsSession } from '../ends-session.ts';
import { deliveryLine } from './delivery-line.ts';
import { sendUncopied, type TextRow } from './uncopied-bytes.ts';
import { ACCEPT, fail, mayPassAtOnce, settle, type Row, type WaitingDelivery } from './waiting-delivery.ts';

export type DeliveryStore = {
  readonly pool: Pick<Pool, 'connect'>;
  readonly isAway: () => boolean;
};

/** One attempt, and two more for dead connections that the pool still hands out. */
export const STORE_ATTEMPTS = 3;
/** Milliseconds. Nobody waits longer. */
const STORE_TIMEOUT_MS = 5_000;

/**
 * Stores a group in one statement and settles its deliveries. When the connection is lost, it is unknown whether the
 * group was committed; it is then written again, and whatever was stored finds its own claim. A delivery that the
 * database refuses is found by bisection, so that only its own sender gets the error. Never rejects.
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
  for (const delivery of group) fail(delivery, written.error);
};

const write = async (
  { pool, isAway }: DeliveryStore,
  group: readonly WaitingDelivery[],
): Promise<{ readonly rows: readonly Row[] } | { readonly error: unknown }> => {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await writeOnce(pool, group, attempt > 1);
    if ('rows' in outcome || isDataError(outcome.error)) return outcome;
    if (attempt === STORE_ATTEMPTS || isAway() || !mayPassAtOnce(outcome.error)) return outcome;
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
    client.release(!(error instanceof DatabaseError) || endsSession(error));
    return { error };
  }
};

/** Not a named (prepared) statement, as for the trail: PgBouncer may not know the name. */
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
