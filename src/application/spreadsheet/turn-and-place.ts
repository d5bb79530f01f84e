import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { SpreadsheetWriters, WriterTurn } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import type { CallQuota, PlaceWish } from '../provider-call/leave.ts';
import { heldBack } from './send-batch.ts';

export type TurnDeps = {
  readonly writers: SpreadsheetWriters;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
};

export type Departing = Omit<PlaceWish, 'charge'> & {
  /** The name given by `spreadsheetAt`. */
  readonly spreadsheet: string;
  readonly quota: Pick<CallQuota, 'place'>;
  /** Milliseconds that the request may take once it leaves; the lease is held for at least as long. */
  readonly callMs: () => number;
  /** Milliseconds that it may wait for the lease while others hold it. */
  readonly turnMs: () => number;
  /**
   * `payFirst` is called before the lease is requested, `payLast` when it is held; both before the place is taken, and
   * again if that was lost to another replica.
   */
  readonly payFirst?: () => AsyncResult<ProviderError, void>;
  readonly payLast?: () => AsyncResult<ProviderError, void>;
};

/** The write lease, and until when requests made under it must have ended, in monotonic milliseconds. */
export type Held = { readonly turn: WriterTurn; readonly endAt: number };

/** The lease outlasts its requests by this many milliseconds, in which a request that was given up may still arrive. */
const MARGIN_MS = 1_000;
/** Milliseconds for which a place is kept free while the write lease is requested. */
const AT_ONCE_MS = 500;
/** The lease was not granted in the time available. */
export const BUSY = heldBack(
  'other writes to this spreadsheet took all the time there was; nothing was sent',
);
const free = async () => right(undefined);

/**
 * Obtains the write lease of a spreadsheet and a place in the account's minute, both just before the request. It waits
 * for the account first, so that a lease is not held while a minute passes. If others hold the lease, it is awaited
 * outside of the account's line, and the place is then taken under the lease.
 */
export const turnAndPlace = async (
  deps: TurnDeps,
  departing: Departing,
): AsyncResult<ProviderError, Held> => {
  const own = ownTurn(deps, departing.spreadsheet);
  let held: Held | undefined;
  try {
    const place = await placeWithTurn(departing, own);
    if (isLeft(place)) return place;
    held = own.held();
    return held === undefined ? left(BUSY) : right(held);
  } finally {
    if (held === undefined) await own.giveBack();
  }
};

const placeWithTurn = async (
  { quota, turnMs, timeLeft, callMs, payFirst = free, payLast = free, onHeld, signal }: Departing,
  own: OwnTurn,
): AsyncResult<ProviderError, void> => {
  let isContended = false;
  const charge = async (): AsyncResult<ProviderError, void> => {
    const paid = await payFirst();
    if (isLeft(paid)) return paid;
    isContended = !(await own.take(callMs(), Math.min(AT_ONCE_MS, turnMs())));
    return isContended ? left(BUSY) : payLast();
  };
  const whenHeld = (waitMs: number): void => {
    void own.giveBack();
    onHeld?.(waitMs);
  };
  const place = await quota.place({ timeLeft, signal, charge, onHeld: whenHeld });
  if (!isContended) return place;
  if (!(await own.take(Math.max(timeLeft(), callMs()), turnMs()))) return left(BUSY);
  const underTurn = (): number => Math.min(timeLeft(), own.msLeft());
  return quota.place({ timeLeft: underTurn, signal, charge: payLast, onHeld });
};

type OwnTurn = ReturnType<typeof ownTurn>;

const ownTurn = ({ writers, clock }: TurnDeps, spreadsheet: string) => {
  let held: Held | undefined;
  return {
    held: () => held,
    msLeft: () => (held === undefined ? 0 : held.endAt - clock.monotonic()),
    take: async (holdMs: number, waitMs: number): Promise<boolean> => {
      if (held !== undefined) return true;
      const turn = await writers.hold(spreadsheet, holdMs + MARGIN_MS, Math.max(0, waitMs));
      if (turn === 'busy') return false;
      held = { turn, endAt: clock.monotonic() + holdMs - turn.ageMs };
      return true;
    },
    giveBack: async (): Promise<void> => {
      const turn = held?.turn;
      held = undefined;
      await turn?.release();
    },
  };
};

/**
 * After an unknown outcome the request may still be on its way, so the lease is held until it cannot arrive any more.
 */
export const released = async (
  { clock, sleep }: TurnDeps,
  { turn, endAt }: Held,
  isUnclear: boolean,
): Promise<void> => {
  if (isUnclear) await sleep(Math.max(0, Math.min(MARGIN_MS, endAt + MARGIN_MS - clock.monotonic())));
  await turn.release();
};
