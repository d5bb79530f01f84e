import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { QuotaSubject, WindowState } from '../../../domain/rate-limit/quota.ts';
import type { AsyncResult, Either } from '../../../domain/shared/fp.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** One call that wants a place in the minute of an account. */
export type LineTicket = {
  readonly tenantId: TenantId;
  readonly subjects: readonly QuotaSubject[];
  /** Milliseconds that it can still wait. */
  readonly patience: () => number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Asked when its place has come, before that is taken; on the left it goes, and the place is the next one's. Asked
   * again when another replica was quicker, so what was paid once must be remembered.
   */
  readonly charge: () => AsyncResult<ProviderError, void>;
  /** Told each time it is known that no place comes within so many milliseconds. */
  readonly onHeld?: ((waitMs: number) => void) | undefined;
};

/** No place in time, or no room to wait for one. `by`: the window that is full, as far as it is known. */
export type NoPlace = {
  readonly kind: 'no-place';
  readonly retryAfterMs: number;
  readonly by: WindowState | undefined;
};

/** On the right the place is taken, and the windows stand so. */
export type Place = Either<ProviderError | NoPlace, readonly WindowState[]>;

/** A call in the making, to which more can still be added. */
export type ExpectedCall = {
  /**
   * From 0, where a call more or less does not matter, to 1, where so many are in the making that some of them have to
   * wait for the next minute. 0 as well while all wait.
   */
  readonly scarcity: () => number;
  readonly over: () => void;
};

/** Of a call that is counted for no account. */
export const NOTHING_SCARCE: ExpectedCall = { scarcity: () => 0, over: () => undefined };
