import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { QuotaSubject, WindowState } from '../../../domain/rate-limit/quota.ts';
import type { AsyncResult, Either } from '../../../domain/shared/fp.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** One call that wants a place in the current minute of an account. */
export type LineTicket = {
  readonly tenantId: TenantId;
  readonly subjects: readonly QuotaSubject[];
  /** Milliseconds for which it can still wait. */
  readonly patience: () => number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when its place has come, before the place is taken. On the left the call ends and the place goes to the
   * next. Called again if another replica took the place first, so it must charge only once.
   */
  readonly charge: () => AsyncResult<ProviderError, void>;
  /** Called whenever it becomes known that no place comes within `waitMs` milliseconds. */
  readonly onHeld?: ((waitMs: number) => void) | undefined;
};

/** No place in time, or no room in the line. `by`: the window that is full, as far as it is known. */
export type NoPlace = {
  readonly kind: 'no-place';
  readonly retryAfterMs: number;
  readonly by: WindowState | undefined;
};

/** Right: the place has been taken, and this is the state of the windows. */
export type Place = Either<ProviderError | NoPlace, readonly WindowState[]>;

/** An announced request that can still collect more rows before it leaves. */
export type ExpectedCall = {
  /**
   * From 0, where one request more or less does not matter, to 1, where so many are announced that some have to wait
   * for the next minute. Also 0 while the whole line is waiting.
   */
  readonly scarcity: () => number;
  readonly over: () => void;
};

/** For calls that are counted for no account. */
export const NOTHING_SCARCE: ExpectedCall = { scarcity: () => 0, over: () => undefined };
