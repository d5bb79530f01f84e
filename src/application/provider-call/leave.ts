import type { CallKind } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { ExpectedCall, LineTicket } from './quota/line-ticket.ts';

/** Given to operations that decide by themselves when a call leaves, and pay then (`paysWhenItLeaves`). */
export type Leave = {
  /** Milliseconds of the whole call that are left. */
  readonly timeLeft: () => number;
  readonly quota: CallQuota;
};

/** What a caller spends whose request leaves in one call with those of others. */
export type CallQuota = {
  /** A caller whose call leaves alone, against tenant and service. */
  readonly payAlone: () => AsyncResult<ProviderError, Paid>;
  /** This caller against its tenant; once, however often it is asked. `withCall`: and the call, in the same step. */
  readonly payCaller: (withCall: boolean) => AsyncResult<ProviderError, void>;
  /** A call against the service. */
  readonly payCall: () => AsyncResult<ProviderError, void>;
  /** The call is recorded as this caller's, since the one that paid for it does not go along. */
  readonly standFor: () => void;
  /** The call was answered, and this caller tells of it: the one that paid for it could not wait for that. */
  readonly tellOf: () => void;
  /**
   * A place in the account's line for one call, asked for in the name of one caller. Waits as long as the wish has
   * time, whatever time that caller has.
   */
  readonly place: (wish: PlaceWish) => AsyncResult<ProviderError, void>;
  /** Why this caller need not wait: no place comes in its time, none within `waitMs`; undefined: it may. */
  readonly hopeless: (waitMs: number) => ProviderError | undefined;
  /** Tells the others who call in the name of this account that a call is in the making. */
  readonly expect: () => ExpectedCall;
};

/** What was taken for one call. */
export type Paid = {
  /** To be called when its provider has answered or was given up: by then it has counted the call, if it ever does. */
  readonly isOver: () => void;
};

/** One call more in the name of an account, on behalf of a call under way. */
export type Wish = Pick<LineTicket, 'charge' | 'signal' | 'onHeld'> & {
  readonly kind: CallKind;
  /** Milliseconds by which it must be answered; left out: those of its call. */
  readonly timeLeft?: () => number;
};

/** The same of an operation whose calls are of a known kind; it says itself how long it has. */
export type PlaceWish = Required<Omit<Wish, 'kind' | 'onHeld'>> & Pick<Wish, 'onHeld'>;
