import type { CloudEvent, Refusal } from '../../../application/event-bus.ts';
import { eventOfText, eventText } from '../../events/event-text.ts';
import { eventLoopTurn } from '../../system/event-loop-turn.ts';
import type { Session } from '../tenant-session.ts';

/** `messages`: null when its payload is not found where the row says. `bytes`: the size of both in UTF-8. */
type Row = {
  readonly id: string;
  readonly bytes: number;
  readonly messages: string | null;
  readonly attempts: number;
};
export type Batch = {
  readonly found: number;
  /** How often the first of them was sent in vain. */
  readonly attempts: number;
  readonly bytes: number;
  readonly isFull: boolean;
  readonly ids: readonly string[];
  readonly events: readonly CloudEvent[];
};

/**
 * Size after which a batch takes no further row, and parsing gives way to the event loop: so much is parsed in under 2
 * ms.
 */
export const BATCH_BYTES = 262_144;
const BYTES_PER_ROW = 1_024;
/** Larger than a batch that is published, since rows that are only deleted cost little. */
export const LET_GO_ROWS = 4_096;
/**
 * Value of `attempts` for a row that will never be published: it is kept for inspection and no longer blocks the
 * others.
 */
const SET_ASIDE = -1;
/** Must stay the same in all releases, since `readAgain` looks for it. */
export const NOT_READ = 'not a JSON array';
const LONGEST_ERROR = 500;

/**
 * A row without its payload is completed here (migration 20261126030000). The body is looked up only for rows that go
 * into the batch, not for all candidates.
 */
const OLDEST = `
  select id, bytes, attempts, case when payload_of is null then messages else split_part(messages, E'\\x1f', 1) || (
      select convert_from(raw_body, 'UTF8') from webhook_deliveries delivery
      where delivery.id = payload_of and delivery.received_at = payload_received_at
    ) || split_part(messages, E'\\x1f', 2) end as messages
  from (
    select head.*, sum(bytes) over (order by id) - bytes as bytes_before
    from (
      select id, messages, attempts, payload_of, payload_received_at,
        octet_length(messages) + coalesce(payload_bytes, 0) as bytes
      from outbox_messages where attempts >= 0 order by id limit $1
    ) as head
  ) as sized where bytes_before < $2 order by id`;

/** Reads the head of the outbox. Rows that hold no events, or whose payload is gone, are set aside on the way. */
export const oldestBatch = async (session: Session, mostBytes: number): Promise<Batch> => {
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
  const isFull = rows.length === mostRows || bytes >= mostBytes;
  return { found: rows.length, attempts: rows[0]?.attempts ?? 0, bytes, isFull, ids, events };
};

/** Only this service writes the table, so a text that parses as an array is an array of its events. */
const eventsIn = (messages: string): readonly CloudEvent[] | undefined => {
  try {
    const value: unknown = JSON.parse(messages);
    if (!Array.isArray(value)) return undefined;
    const [only] = value as readonly CloudEvent[];
    // For a single event, its text is the content of the brackets and can be kept as it is; several events have to be
    // written out one by one.
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
    messages === null ? 'the body of its delivery is gone' : NOT_READ,
  ]);

/** One row for each refused event: the others of its row were published. */
export const keepRefused = async (
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

export const noteFailure = (session: Session, ids: readonly string[], error: unknown): Promise<unknown> =>
  session.query(
    'update outbox_messages set attempts = attempts + 1, last_error = $2 where id = any($1::bigint[])',
    [ids, messageOf(error)],
  );

export const removeRows = (session: Session, ids: readonly string[]): Promise<unknown> =>
  session.query('delete from outbox_messages where id = any($1::bigint[])', [ids]);

/** Deletes without reading. Returns the number of rows. */
export const removeOldest = async (session: Session): Promise<number> => {
  const { rowCount } = await session.query(
    'delete from outbox_messages where id in (select id from outbox_messages where attempts >= 0 order by id limit $1)',
    [LET_GO_ROWS],
  );
  return rowCount ?? 0;
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR);
