import { createHash } from 'node:crypto';
import type { DeliveryFilter } from './delivery-reader.ts';
import type { TenantId } from '../../shared/tenant-context.ts';
import type { KeptState } from './received-delivery.ts';

/** `done`: every delivery was sent or could not be. `cancelled`: those sent before stay sent. */
export const replayStates = ['running', 'done', 'cancelled'] as const;
export type ReplayState = (typeof replayStates)[number];

/** A replay of a single delivery names its id; others have a filter. */
export type ReplayFilter = DeliveryFilter & { readonly deliveryId?: string };

/** Deliveries that are published again, each as a new event about the old delivery. */
export type Replay = {
  readonly id: string;
  readonly requestedBy: string;
  readonly reason: string | undefined;
  readonly filter: ReplayFilter;
  readonly state: ReplayState;
  readonly total: number;
  readonly done: number;
  /** Deliveries that, or whose body, had been deleted by then, or of which no event could be made. */
  readonly failed: number;
  readonly ratePerSecond: number;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
};

export const MOST_REPLAYED = 10_000;
/** Limit per tenant. Each replay has a rate of its own, so the rates of several add up. */
export const MOST_RUNNING_REPLAYS = 5;
export const USUAL_REPLAY_RATE = 10;
export const HIGHEST_REPLAY_RATE = 100;

/**
 * States whose deliveries can be replayed: those that were published, and those that were not because their webhook was
 * paused or does not publish their type, or because no event could be made. Spooled ones are published by themselves,
 * and a handshake has no event.
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
 * Id of the event that one replay sends for one delivery: a UUID version 8 derived from both, so that consumers
 * recognise a redelivery.
 */
export const replayEventId = (replayId: string, deliveryId: string): string =>
  hashedId(`replay ${replayId} ${deliveryId}`);

/**
 * Id of a replay requested under an idempotency key. It is the same for every try, so that a try can look whether an
 * earlier one started it. `mark` is the key's, see once-only.ts.
 */
export const keyedReplayId = (tenant: TenantId, mark: number): string =>
  hashedId(`replay of ${tenant} under ${mark}`);

/** A UUID version 8. */
const hashedId = (text: string): string => {
  const hash = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
};

/** Milliseconds of delay for which a late turn may catch up at once. */
const CATCH_UP_MS = 250;

export type ReplayTurn = {
  /** Number of events that may be sent now. */
  readonly count: number;
  /** Epoch milliseconds at which the next event may be sent, if all of these are. */
  readonly nextAt: number;
};

/** Milliseconds by which the clocks of two processes may differ. */
export const CLOCKS_APART_MS = 60_000;

/**
 * Paces a replay at one event per 1/rate second. A replay that was suspended does not catch up. A `nextAt` further
 * ahead than one interval plus `CLOCKS_APART_MS` came from a wrong clock and is ignored.
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
