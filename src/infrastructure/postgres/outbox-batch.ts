import type { CloudEvent, EventBus, Refusal } from '../../application/event-bus.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { eventOfText, eventText } from '../events/event-text.ts';
import type { Database } from './database.ts';
import { asSystem, type Session } from './tenant-session.ts';

export type OutboxForwarding = {
  readonly database: Pick<Database, 'pool'>;
  readonly bus: EventBus;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** What the bus took over, and how long it took for that. */
  readonly onPublished: (events: readonly CloudEvent[], durationMs: number) => void;
  /** An event that this bus will never take: set aside with the reason, out of the way of the others. */
  readonly onRefused: (refusal: Refusal) => void;
};

/** `busy`: another process forwards just now. `failed`: everything is still there, to be sent again. */
export type BatchOutcome =
  | {
      readonly kind: 'forwarded';
      /** Published. */
      readonly events: number;
      readonly publishMs: number;
      /** There may be more. */
      readonly isFull: boolean;
    }
  /** Nobody listens: rows are deleted unread. */
  | { readonly kind: 'let-go'; readonly rows: number }
  | { readonly kind: 'nothing' | 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** `messages`: null when the payload is not where it should lie. `bytes`: of both, in UTF-8. */
type Row = { readonly id: string; readonly bytes: number; readonly messages: string | null };
type Batch = {
  readonly found: number;
  readonly isFull: boolean;
  readonly ids: readonly string[];
  readonly events: readonly CloudEvent[];
};

/** Any number that nothing else takes on the same database; these are the letters "outbx". */
const LOCK = 0x6f_75_74_62_78;
/** Bytes after which no further row is taken, and after which the event loop gets its turn: they are parsed in under 2 ms. */
export const BATCH_BYTES = 262_144;
const BYTES_PER_ROW = 1_024;
/** Rows that are only removed cost little each. */
export const LET_GO_ROWS = 4_096;
/** Milliseconds; below the 30 s after which the server ends a transaction that stands idle. */
const PUBLISH_TIMEOUT = 20_000;
/** Attempts of a row that will never be taken: it is kept for inspection, and no longer in the way. */
const SET_ASIDE = -1;
const LONGEST_ERROR = 500;

/**
 * Publishes the oldest rows of the outbox and deletes them, in one transaction under a lock that one process
 * holds at a time. A crash between the two sends them again.
 *
 * Rows go in order of id, which is not the order of commit, and need not be: what depends on an earlier event was
 * written after that one's commit, so it has a higher id and is not visible before it. Only rows of transactions
 * that ran side by side can swap, and those have no order. Nothing is skipped, since rows are deleted, not counted.
 */
export const forwardBatch = async (
  forwarding: OutboxForwarding,
  mostBytes = BATCH_BYTES,
): Promise<BatchOutcome> => {
  try {
    return await asSystem(forwarding.database, (session) => forwardIn(session, forwarding, mostBytes));
  } catch (error) {
    return { kind: 'failed', error };
  }
};

/**
 * By itself, and first: the rows are then read in a newer snapshot, without those that the last holder deleted.
 * Without statistics to trust, the planner would read a whole backlog for each batch, instead of the head of the index.
 * Nothing waits for the disk: rows whose removal a crash of the server undoes are sent again, as after any crash.
 */
const TAKE_TURN = `select pg_try_advisory_xact_lock($1) as mine, set_config('enable_seqscan', 'off', true),
  set_config('synchronous_commit', 'off', true)`;

const forwardIn = async (
  session: Session,
  forwarding: OutboxForwarding,
  mostBytes: number,
): Promise<BatchOutcome> => {
  const lock = await session.query<{ mine: boolean }>(TAKE_TURN, [LOCK]);
  if (lock.rows[0]?.mine !== true) return { kind: 'busy' };
  if (forwarding.bus.hasListeners?.() === false) return letGo(session);
  const batch = await oldest(session, mostBytes);
  if (batch.found === 0) return { kind: 'nothing' };
  const began = forwarding.clock.monotonic();
  let publishMs: number;
  try {
    const refusals = await inTime(forwarding.bus.publish(batch.events), forwarding.sleep);
    publishMs = forwarding.clock.monotonic() - began;
    await keepRefused(session, refusals, batch.events);
    tell(forwarding, batch.events, refusals, publishMs);
  } catch (error) {
    await session.query(
      'update outbox_messages set attempts = attempts + 1, last_error = $2 where id = any($1::bigint[])',
      [batch.ids, messageOf(error)],
    );
    return { kind: 'failed', error };
  }
  await session.query('delete from outbox_messages where id = any($1::bigint[])', [batch.ids]);
  return { kind: 'forwarded', events: batch.events.length, publishMs, isFull: batch.isFull };
};

const tell = (
  { onPublished, onRefused }: OutboxForwarding,
  events: readonly CloudEvent[],
  refusals: readonly Refusal[],
  publishMs: number,
): void => {
  const refused = new Set(refusals.map(({ id }) => id));
  onPublished(refused.size === 0 ? events : events.filter(({ id }) => !refused.has(id)), publishMs);
  refusals.forEach(onRefused);
};

/** Each in a row of its own: what shared its row was published. */
const keepRefused = async (
  session: Session,
  refusals: readonly Refusal[],
  events: readonly CloudEvent[],
): Promise<void> => {
  for (const { id, reason } of refusals)
    await session.query('insert into outbox_messages (messages, attempts, last_error) values ($1, $2, $3)', [
      `[${events
        .filter((event) => event.id === id)
        .map(eventText)
        .join(',')}]`,
      SET_ASIDE,
      reason.slice(0, LONGEST_ERROR),
    ]);
};

/** Reading events that nobody hears would cost more than all the rest: 3 us of this process each. */
const letGo = async (session: Session): Promise<BatchOutcome> => {
  const { rowCount } = await session.query(
    'delete from outbox_messages where id in (select id from outbox_messages where attempts >= 0 order by id limit $1)',
    [LET_GO_ROWS],
  );
  return rowCount === null || rowCount === 0 ? { kind: 'nothing' } : { kind: 'let-go', rows: rowCount };
};

/**
 * A row without its payload is put together here (migration 20261126030000): the body is looked up for the rows that
 * go into the batch, not for all that might.
 */
const OLDEST = `
  select id, bytes, case when payload_of is null then messages else split_part(messages, E'\\x1f', 1) || (
      select convert_from(raw_body, 'UTF8') from webhook_deliveries delivery
      where delivery.id = payload_of and delivery.received_at = payload_received_at
    ) || split_part(messages, E'\\x1f', 2) end as messages
  from (
    select head.*, sum(bytes) over (order by id) - bytes as bytes_before
    from (
      select id, messages, payload_of, payload_received_at, octet_length(messages) + coalesce(payload_bytes, 0) as bytes
      from outbox_messages where attempts >= 0 order by id limit $1
    ) as head
  ) as sized where bytes_before < $2 order by id`;

const oldest = async (session: Session, mostBytes: number): Promise<Batch> => {
  const mostRows = Math.ceil(mostBytes / BYTES_PER_ROW);
  const { rows } = await session.query<Row>(OLDEST, [mostRows, mostBytes]);
  const ids: string[] = [];
  const events: CloudEvent[] = [];
  let bytes = 0;
  let parsedInTurn = 0;
  for (const row of rows) {
    bytes += row.bytes;
    if (bytes - parsedInTurn > BATCH_BYTES) {
      parsedInTurn = bytes;
      await eventLoopTurn();
    }
    const read = row.messages === null ? undefined : eventsIn(row.messages);
    if (read === undefined) await setAside(session, row);
    else {
      ids.push(row.id);
      for (const event of read) events.push(event);
    }
  }
  return { found: rows.length, isFull: rows.length === mostRows || bytes >= mostBytes, ids, events };
};

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Only this service writes the table, so what parses as an array is an array of its events. */
const eventsIn = (messages: string): readonly CloudEvent[] | undefined => {
  try {
    const value: unknown = JSON.parse(messages);
    if (!Array.isArray(value)) return undefined;
    const [only] = value as readonly CloudEvent[];
    // Of several in a row none has numbers of others in it; of one the text is known without a second look.
    if (value.length === 1 && only !== undefined)
      eventOfText(only, messages.slice(messages.indexOf('[') + 1, messages.lastIndexOf(']')));
    return value;
  } catch {
    return undefined;
  }
};

const setAside = (session: Session, { id, messages }: Row) =>
  session.query('update outbox_messages set attempts = $2, last_error = $3 where id = $1', [
    id,
    SET_ASIDE,
    messages === null ? 'the body of its delivery is gone' : 'not a JSON array',
  ]);

const inTime = async <A>(work: Promise<A>, sleep: Sleep): Promise<A> => {
  const settled = new AbortController();
  const late = sleep(PUBLISH_TIMEOUT, settled.signal).then((): never => {
    throw new Error(`the bus has not confirmed within ${PUBLISH_TIMEOUT} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    settled.abort();
  }
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR);
