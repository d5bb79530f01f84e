import { createHash } from 'node:crypto';
import type { DeliveryFilter } from './delivery-reader.ts';
import type { TenantId } from '../../shared/tenant-context.ts';
import type { KeptState } from './received-delivery.ts';

/** `done`: every one was sent or could not be. `cancelled`: what was sent before stays sent. */
export const replayStates = ['running', 'done', 'cancelled'] as const;
export type ReplayState = (typeof replayStates)[number];

/** A replay of one delivery names it; the others are filters. */
export type ReplayFilter = DeliveryFilter & { readonly deliveryId?: string };

/** Deliveries that go to the bus once more, each as a new event about the old delivery. */
export type Replay = {
  readonly id: string;
  readonly requestedBy: string;
  readonly reason: string | undefined;
  readonly filter: ReplayFilter;
  readonly state: ReplayState;
  readonly total: number;
  readonly done: number;
  /** Those whose delivery, or body, was not kept any more when their turn came, or of which no event could be made. */
  readonly failed: number;
  readonly ratePerSecond: number;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
};

export const MOST_REPLAYED = 10_000;
/** Of one tenant at one time. Each has a rate of its own, so more would add up. */
export const MOST_RUNNING_REPLAYS = 5;
export const USUAL_REPLAY_RATE = 10;
export const HIGHEST_REPLAY_RATE = 100;

/**
 * What replays send: deliveries that were given to the bus, and those that were not because their webhook was paused or
 * did not want their type, or because no event could be made then. Spooled ones go out by themselves, and a handshake
 * has no event.
 */
export const replayableStates = [
  'accepted',
  'held',
  'filtered',
  'parked',
] as const satisfies readonly KeptState[];

export const isReplayable = (state: KeptState): boolean =>
  (replayableStates as readonly KeptState[]).includes(state);

/**
 * The id of the event that one replay sends of one delivery: a UUID version 8 that follows from both, so that
 * listeners know a repeat whatever made it.
 */
export const replayEventId = (replayId: string, deliveryId: string): string =>
  hashedId(`replay ${replayId} ${deliveryId}`);

/**
 * The id of a replay that was asked for under a key: the same for every try, so that a try which does not know whether
 * an earlier one began it can look. `mark` is the key's, see once-only.ts.
 */
export const keyedReplayId = (tenant: TenantId, mark: number): string =>
  hashedId(`replay of ${tenant} under ${mark}`);

/** UUID version 8. */
const hashedId = (text: string): string => {
  const hash = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
};

/** Milliseconds: what a late turn may make up for at once. */
const CATCH_UP_MS = 250;

export type ReplayTurn = {
  /** Events that may go now. */
  readonly count: number;
  /** Epoch milliseconds from which on the next one may, when all of these went. */
  readonly nextAt: number;
};

/** Milliseconds by which the clocks of two processes may differ. */
export const CLOCKS_APART_MS = 60_000;

/**
 * One event each 1/rate of a second; a replay that stood still does not catch up. A next time further ahead than an
 * interval came from a clock that was wrong, and is not waited for.
 */
export const replayTurn = (
  {
    ratePerSecond,
    nextAt,
    left,
  }: { readonly ratePerSecond: number; readonly nextAt: number; readonly left: number },
  now: number,
): ReplayTurn => {
  const every = 1000 / ratePerSecond;
  const isBelieved = nextAt - now <= every + CLOCKS_APART_MS;
  if (now < nextAt && isBelieved) return { count: 0, nextAt };
  const since = isBelieved ? Math.max(nextAt, now - CATCH_UP_MS) : now;
  const count = Math.min(left, Math.floor((now - since) / every) + 1);
  return { count, nextAt: Math.ceil(since + count * every) };
};
