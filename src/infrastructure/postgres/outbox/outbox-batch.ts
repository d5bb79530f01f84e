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
import { explained } from './too-much.ts';
import { asSystem, type Session } from '../tenant-session.ts';

export type OutboxForwarding = {
  readonly database: Pick<Database, 'pool'>;
  readonly bus: EventBus;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** The events that the bus has confirmed, and how long that took. */
  readonly onPublished: (events: readonly CloudEvent[], durationMs: number) => void;
  /** An event that the bus will never accept: set aside with the reason, so that it does not block the others. */
  readonly onRefused: (refusal: Refusal, event: CloudEvent) => void;
  /** Aborts when a process that is ending stops waiting for confirms. */
  readonly givenUp?: AbortSignal;
};

/** `busy`: another process holds the lock. `failed`: all rows are still in the outbox and will be sent again. */
export type BatchOutcome =
  | {
      readonly kind: 'forwarded';
      /** Number of events published. */
      readonly events: number;
      readonly publishMs: number;
      /** There may be more. */
      readonly isFull: boolean;
    }
  /** Nobody is subscribed: the rows were deleted without being read. */
  | { readonly kind: 'let-go'; readonly rows: number }
  | { readonly kind: 'nothing' | 'busy' }
  /** `bytes`: the size of the batch that the bus had for `publishMs`; 0 if it failed before anything was published. */
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly bytes: number;
      readonly publishMs: number;
    };

/** Key of the advisory lock. Any number that nothing else uses on the same database; these are the letters "outbx". */
const LOCK = 0x6f_75_74_62_78;
/** Milliseconds; below the 30 s after which the server ends an idle transaction. */
const PUBLISH_TIMEOUT_MS = 20_000;

/**
 * One step of the outbox relay: publishes the oldest rows and deletes them, in one transaction under an advisory lock
 * that one process holds at a time. After a crash between publishing and deleting they are sent again (at-least-once
 * delivery).
 *
 * Rows are sent in order of id. That is not the order of commit, and need not be: an event that depends on an earlier
 * one is written after that one's commit, so it has a higher id and becomes visible later. Only rows of concurrent
 * transactions can swap, and those have no order. No row is ever skipped, since rows are deleted rather than tracked by
 * a position.
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
 * A statement of its own, sent first: the rows are then read in a later snapshot, without those that the last holder of
 * the lock has deleted. Sequential scans are disabled, since without reliable statistics the planner would read the
 * whole backlog for each batch instead of the head of the index. The commit does not wait for the disk: if a crash of
 * the server undoes the deletion, the rows are sent again, as after any crash.
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
  } catch (met) {
    late.abort();
    const publishMs = forwarding.clock.monotonic() - began;
    const error = explained(met, batch, publishMs);
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

/**
 * On a standby or a full disk: rows that are published but cannot be deleted would be published again with each retry.
 */
const readOnly = (): Error =>
  Object.assign(new Error('the database is read-only: no event can be taken out of the outbox'), {
    code: '25006',
  });

/** Reading events that nobody receives would be the most expensive part: 3 µs of this process each. */
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
