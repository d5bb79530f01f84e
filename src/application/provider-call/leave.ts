import type { CallKind } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { ExpectedCall, LineTicket } from './quota/line-ticket.ts';

/** Passed to operations that decide themselves when a request departs, and pay for it then (`paysWhenItLeaves`). */
export type Leave = {
  /** Milliseconds left for the whole call. */
  readonly timeLeft: () => number;
  readonly quota: CallQuota;
};

/** Quota operations for callers whose rows may depart together in one request. */
export type CallQuota = {
  /** Charges tenant and service for a request that carries this caller's rows only. */
  readonly payAlone: () => AsyncResult<ProviderError, Paid>;
  /**
   * Charges this caller's tenant limit; idempotent within the call. `withCall` also charges the service, atomically.
   */
  readonly payCaller: (withCall: boolean) => AsyncResult<ProviderError, void>;
  /** Charges the service for one request. */
  readonly payCall: () => AsyncResult<ProviderError, void>;
  /** Records the request as paid by this caller, because the caller that paid for it does not take part after all. */
  readonly standFor: () => void;
  /** Makes this caller record the request, because the caller that paid for it left before the answer came. */
  readonly tellOf: () => void;
  /**
   * Waits for a place for one request in the account's line, on behalf of one caller. It waits as long as
   * `wish.timeLeft` allows, regardless of that caller's own deadline.
   */
  readonly place: (wish: PlaceWish) => AsyncResult<ProviderError, void>;
  /**
   * The error with which this caller can be refused at once: no place will come before its deadline, or within
   * `waitMs`. Undefined: waiting may succeed.
   */
  readonly hopeless: (waitMs: number) => ProviderError | undefined;
  /** Announces one future request of this account, so that others can tell how scarce its quota is. */
  readonly expect: () => ExpectedCall;
};

/** A receipt for the quota that one request took. */
export type Paid = {
  /**
   * To be called when the provider has answered or the request was given up: if the provider counts the request at all,
   * it has done so by then.
   */
  readonly isOver: () => void;
};

/** An extra request under an account's quota, on behalf of a call in progress. */
export type Wish = Pick<LineTicket, 'charge' | 'signal' | 'onHeld'> & {
  readonly kind: CallKind;
  /** Milliseconds left until it must be answered; absent: the deadline of its call applies. */
  readonly timeLeft?: () => number;
};

/** The same for operations whose kind of request is known, with a deadline of their own. */
export type PlaceWish = Required<Omit<Wish, 'kind' | 'onHeld'>> & Pick<Wish, 'onHeld'>;
