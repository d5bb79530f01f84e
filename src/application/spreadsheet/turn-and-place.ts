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
  /** As `spreadsheetAt` names it. */
  readonly spreadsheet: string;
  readonly quota: Pick<CallQuota, 'place'>;
  /** Milliseconds that the call may take once it leaves; the turn is had for at least as long. */
  readonly callMs: () => number;
  /** Milliseconds that it may wait for the turn while others have it. */
  readonly turnMs: () => number;
  /** Before the turn is asked for, and when it is had; both before the place is taken, and again when it was gone. */
  readonly payFirst?: () => AsyncResult<ProviderError, void>;
  readonly payLast?: () => AsyncResult<ProviderError, void>;
};

/** The turn, and until when the calls made under it must be over, in monotonic milliseconds. */
export type Held = { readonly turn: WriterTurn; readonly endAt: number };

/** Beyond the time for its calls the turn is held so long: a request that was given up may still arrive there. */
const MARGIN_MS = 1_000;
/** A place is kept free for so long while the turn of a spreadsheet is asked for. */
const AT_ONCE_MS = 500;
/** The turn did not come in the time that there was to wait for it. */
export const BUSY = heldBack(
  'other writes to this spreadsheet took all the time there was; nothing was sent',
);
const free = async () => right(undefined);

/**
 * The turn to write to a spreadsheet and a place in the minute of the account, both at the moment of the call. The
 * wait for the account comes first, so that nobody has to wait for a spreadsheet that waits for a minute to pass.
 * Where others have the turn, it is waited for outside of the line, and the place under it.
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

/** After an unclear end the request may still be on its way: the next one waits until it cannot be any more. */
export const released = async (
  { clock, sleep }: TurnDeps,
  { turn, endAt }: Held,
  isUnclear: boolean,
): Promise<void> => {
  if (isUnclear) await sleep(Math.max(0, Math.min(MARGIN_MS, endAt + MARGIN_MS - clock.monotonic())));
  await turn.release();
};
