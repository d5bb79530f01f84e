import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { AppendMarked, MarkedOutcome, MarkedRows } from '../../../domain/provider/spreadsheet.ts';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { Marks } from './marks.ts';
import type { RowFinder } from './row-finder.ts';
import type { SheetPlace } from './sheet-places.ts';
import { outcomeUnknown } from './sheets-asker.ts';

export type MarkedFailureDeps = {
  readonly sleep: Sleep;
  readonly marks: Marks;
  readonly finder: RowFinder;
};

/** The progress of a marked append. */
export type AppendState = {
  readonly pending: readonly MarkedRows[];
  readonly landed: readonly MarkedOutcome[];
  /** Something of this request may be in the sheet, or may still arrive there. */
  readonly unclear: boolean;
  /** A request of ours was given up. */
  readonly lost: boolean;
  /** The sheet has to be looked up again, even if it is remembered. */
  readonly look: boolean;
};

/** While rows may have landed, no failure may claim that nothing was written. */
export const told = (error: ProviderError, { unclear }: AppendState): ProviderError =>
  unclear ? outcomeUnknown(error.message) : error;

/** What was sent, and where to. `now`: the access with the time that is left. */
type Sent = {
  readonly now: () => ProviderAccess;
  readonly request: AppendMarked;
  readonly place: SheetPlace;
  readonly state: AppendState;
};

/** Decides after a failed batch: try again with another state, or give up. */
export const afterMarkedFailure = async (
  deps: MarkedFailureDeps,
  sent: Sent,
  failure: ProviderError,
): AsyncResult<ProviderError, AppendState> => {
  if (failure.kind === 'outcome-unknown') return afterUnclearEnd(deps, sent, failure);
  if (failure.kind === 'request-rejected') return afterRefusal(deps, sent, failure);
  return left(told(failure, sent.state));
};

const afterUnclearEnd = async (
  { sleep }: Pick<MarkedFailureDeps, 'sleep'>,
  { now, state }: Sent,
  failure: Extract<ProviderError, { readonly kind: 'outcome-unknown' }>,
): AsyncResult<ProviderError, AppendState> => {
  const { retryAfterMs: waitMs = 0 } = failure;
  if (state.unclear || waitMs >= now().timeoutMs) return left(failure);
  await sleep(waitMs, now().signal);
  return right({ ...state, unclear: true, lost: true });
};

const afterRefusal = async (
  { marks, finder }: Pick<MarkedFailureDeps, 'marks' | 'finder'>,
  { now, request, place, state }: Sent,
  failure: Extract<ProviderError, { readonly kind: 'request-rejected' }>,
): AsyncResult<ProviderError, AppendState> => {
  const asked = { spreadsheetId: request.spreadsheetId, marks: state.pending.map(({ mark }) => mark) };
  const standing = await standingOf(marks, now(), asked, failure.message);
  if (isLeft(standing))
    return left(
      told(failure, { ...state, unclear: state.unclear || standing.left.kind !== 'request-rejected' }),
    );
  const before = state.pending.filter(({ mark }) => standing.right.has(mark));
  if (before.length > 0) {
    const found = await finder(now(), request, place, before);
    const pending = state.pending.filter(({ mark }) => !standing.right.has(mark));
    return right({ ...state, pending, landed: [...state.landed, ...found], unclear: true });
  }
  if (place.remembered && !state.look) return right({ ...state, look: true });
  return left(told({ ...failure, isUnwritten: true }, state));
};

/**
 * If the marks cannot be looked up, those that the refusal names as existing count: Google says that for no other
 * reason.
 */
const standingOf = async (
  { standing }: Marks,
  access: ProviderAccess,
  asked: Parameters<Marks['standing']>[1],
  refusal: string,
): ReturnType<Marks['standing']> => {
  const found = await standing(access, asked);
  const named = asked.marks.filter((mark) => refusal.includes(`metadata with id ${mark} already exists`));
  return isLeft(found) && named.length > 0 ? right(new Set(named)) : found;
};
