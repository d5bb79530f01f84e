import type { CloudEvent, EventBus, Refusal } from '../../../application/event-bus.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { inTime } from '../../system/in-time.ts';
import type { Database } from '../database.ts';
import {
  BATCH_BYTES,
  keepRefused,
  noteFailure,
  oldestBatch,
  removeOldest,
  removeRows,
} from './outbox-rows.ts';
import { asSystem, type Session } from '../tenant-session.ts';

export type OutboxForwarding = {
  readonly database: Pick<Database, 'pool'>;
  readonly bus: EventBus;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** What the bus took over, and how long it took for that. */
  readonly onPublished: (events: readonly CloudEvent[], durationMs: number) => void;
  /** An event that this bus will never take: set aside with the reason, out of the way of the others. */
  readonly onRefused: (refusal: Refusal, event: CloudEvent) => void;
  /** Nobody waits any longer for what the bus has not confirmed. */
  readonly givenUp?: AbortSignal;
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
  /** `bytes`: of the rows that the bus had for `publishMs`, none where it had got none. */
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly bytes: number;
      readonly publishMs: number;
    };

/** Any number that nothing else takes on the same database; these are the letters "outbx". */
const LOCK = 0x6f_75_74_62_78;
/** Milliseconds; below the 30 s after which the server ends a transaction that stands idle. */
const PUBLISH_TIMEOUT_MS = 20_000;

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
    return failedBefore(error);
  }
};

/**
 * By itself, and first: the rows are then read in a newer snapshot, without those that the last holder deleted.
 * Without statistics to trust, the planner would read a whole backlog for each batch, instead of the head of the index.
 * Nothing waits for the disk: rows whose removal a crash of the server undoes are sent again, as after any crash.
 */
const TAKE_TURN = `select pg_try_advisory_xact_lock($1) as mine, set_config('enable_seqscan', 'off', true),
  set_config('synchronous_commit', 'off', true), current_setting('transaction_read_only') = 'on' as read_only`;

const forwardIn = async (
  session: Session,
  forwarding: OutboxForwarding,
  mostBytes: number,
): Promise<BatchOutcome> => {
  const { rows } = await session.query<{ mine: boolean; read_only: boolean }>(TAKE_TURN, [LOCK]);
  if (rows[0]?.mine !== true) return { kind: 'busy' };
  if (rows[0].read_only) return failedBefore(readOnly());
  if (forwarding.bus.hasListeners?.() === false) return letGo(session);
  const batch = await oldestBatch(session, mostBytes);
  if (batch.found === 0) return { kind: 'nothing' };
  const began = forwarding.clock.monotonic();
  let refusals: readonly Refusal[];
  const late = new AbortController();
  try {
    const published = unlessGivenUp(forwarding.bus.publish(batch.events, late.signal), forwarding.givenUp);
    refusals = await inTime(published, {
      sleep: forwarding.sleep,
      withinMs: PUBLISH_TIMEOUT_MS,
      otherwise: `the bus has not confirmed within ${PUBLISH_TIMEOUT_MS} ms`,
    });
  } catch (error) {
    late.abort();
    const publishMs = forwarding.clock.monotonic() - began;
    await noteFailure(session, batch.ids, error);
    return { kind: 'failed', error, bytes: batch.bytes, publishMs };
  }
  const publishMs = forwarding.clock.monotonic() - began;
  await keepRefused(session, refusals, batch.events);
  tell(forwarding, batch.events, refusals, publishMs);
  await removeRows(session, batch.ids);
  return { kind: 'forwarded', events: batch.events.length, publishMs, isFull: batch.isFull };
};

const failedBefore = (error: unknown): BatchOutcome => ({ kind: 'failed', error, bytes: 0, publishMs: 0 });

const unlessGivenUp = <A>(published: Promise<A>, givenUp: AbortSignal | undefined): Promise<A> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error('the bus had not confirmed when this process ended'));
    if (givenUp?.aborted === true) giveUp();
    givenUp?.addEventListener('abort', giveUp, { once: true });
    void published.then(resolve, reject).finally(() => givenUp?.removeEventListener('abort', giveUp));
  });

/** A standby, a full disk: what is published and cannot be removed would be published again with each retry. */
const readOnly = (): Error =>
  Object.assign(new Error('the database is read-only: no event can be taken out of the outbox'), {
    code: '25006',
  });

/** Reading events that nobody hears would cost more than all the rest: 3 us of this process each. */
const letGo = async (session: Session): Promise<BatchOutcome> => {
  const rows = await removeOldest(session);
  return rows === 0 ? { kind: 'nothing' } : { kind: 'let-go', rows };
};

const tell = (
  { onPublished, onRefused }: OutboxForwarding,
  events: readonly CloudEvent[],
  refusals: readonly Refusal[],
  publishMs: number,
): void => {
  const refused = new Map(refusals.map((refusal) => [refusal.id, refusal]));
  onPublished(refused.size === 0 ? events : events.filter(({ id }) => !refused.has(id)), publishMs);
  if (refused.size === 0) return;
  for (const event of events) {
    const refusal = refused.get(event.id);
    if (refusal !== undefined) onRefused(refusal, event);
  }
};
