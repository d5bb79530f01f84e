import { nothingSent } from '../../../domain/provider/nothing-sent.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type {
  AppendMarked,
  MarkedOutcome,
  MarkedRows,
  Spreadsheet,
} from '../../../domain/provider/spreadsheet.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { requestRejected } from '../http-answer.ts';
import { hasValue, isTooFarRight, TOO_FAR_RIGHT } from './appended-rows.ts';
import type { Marks } from './marks.ts';
import type { RowFinder } from './row-finder.ts';
import type { MarkedBatch } from './marked-batch.ts';
import type { SheetPlace, SheetPlaces } from './sheet-places.ts';
import { outcomeUnknown } from './sheets-asker.ts';
import { timeLeft } from './time-left.ts';

type Deps = {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly marks: Marks;
  readonly places: SheetPlaces;
  readonly send: MarkedBatch;
  /** Each time after the first, which is the call that was asked for. */
  readonly sendAgain: MarkedBatch;
  readonly finder: RowFinder;
};

/** One whose end is unclear, one whose marks stood, one with a sheet that was gone, and the one that tells. */
const MOST_SENDS = 4;
/** Timers end up to a millisecond early; what is left then is no time for an answer. */
const LEAST_SEND_MS = 5;

/**
 * Rows and marks in one atomic request. A mark that stands already refuses the whole, which makes every repeat safe,
 * also against a request that arrives late: so one whose end is unclear is simply sent again, once, though not
 * before the provider wants to be asked. After a refusal the marks themselves are looked up, since how Google words
 * this one is not documented; what landed before is found among the rows, and the rest is sent without it.
 */
export const markedAppend =
  (deps: Deps): Spreadsheet['appendMarked'] =>
  async (access, asked) => {
    if (!asked.operations.every(hasValue))
      return left(requestRejected('rows without any value cannot be appended'));
    const now = timeLeft(deps.clock, access);
    let state: State = { pending: asked.operations, landed: [], unclear: false, lost: false, look: false };
    for (let sends = 0; state.pending.length > 0; sends += 1) {
      const place = await deps.places.placeOf(now(), asked, state.look);
      if (isLeft(place)) return notSendable(deps, now(), asked, state, nothingSent(place.left));
      const request = { ...asked, firstColumn: place.right.firstColumn ?? asked.firstColumn };
      if (isTooFarRight(request.firstColumn, state.pending))
        return notSendable(deps, now(), asked, state, NO_ROOM);
      const [send, given] = sends === 0 ? [deps.send, leavingSome(now())] : [deps.sendAgain, now()];
      const sent = await send(given, { ...request, operations: state.pending }, place.right);
      const next = isLeft(sent)
        ? await afterFailure(deps, now, request, place.right, state, sent.left)
        : right(allLanded(state, sent.right));
      if (isLeft(next)) return next;
      state = next.right;
      if (state.pending.length > 0 && (sends + 1 >= MOST_SENDS || now().timeoutMs < LEAST_SEND_MS))
        return left(UNKNOWN);
    }
    return right(inOrder(asked, state));
  };

/**
 * A request or an answer that got lost must not take all the time: rows that are sent again are told what became of
 * them, in up to three calls more. With less time than for these, all of it is for the first.
 */
const SHARE_OF_REST = 0.4;
const LEAST_REST_MS = 1_000;
const leavingSome = (access: ProviderAccess): ProviderAccess => {
  const rest = access.timeoutMs * SHARE_OF_REST;
  return rest < LEAST_REST_MS ? access : { ...access, timeoutMs: access.timeoutMs - rest };
};

type State = {
  readonly pending: readonly MarkedRows[];
  readonly landed: readonly MarkedOutcome[];
  /** Something of this request may be in the sheet, or may yet arrive there. */
  readonly unclear: boolean;
  /** A request of ours was given up. */
  readonly lost: boolean;
  readonly look: boolean;
};

const UNKNOWN = outcomeUnknown('it was not told in time');
const NO_ROOM: ProviderError = { ...requestRejected(TOO_FAR_RIGHT), isOfSize: true };

/** While rows may have landed, no failure may say that nothing was written. */
const told = (error: ProviderError, { unclear }: State): ProviderError =>
  unclear ? outcomeUnknown(error.message) : error;

const allLanded = (state: State, outcomes: readonly MarkedOutcome[]): State => ({
  ...state,
  pending: [],
  landed: [...state.landed, ...outcomes],
});

/**
 * Where rows would go is not there, say. Those of an earlier try may stand all the same, in a sheet that was renamed
 * since: their marks tell. Others in the same request are told the failure when they are tried by themselves.
 */
const notSendable = async (
  { marks }: Deps,
  access: ProviderAccess,
  asked: AppendMarked,
  state: State,
  failure: ProviderError,
): ReturnType<Spreadsheet['appendMarked']> => {
  const isOfOurs = failure.kind === 'request-rejected' && !state.unclear;
  if (!isOfOurs || !state.pending.some(({ isRepeat }) => isRepeat === true))
    return left(told(failure, state));
  const { spreadsheetId } = asked;
  const standing = await marks.standing(access, {
    spreadsheetId,
    marks: state.pending.map(({ mark }) => mark),
  });
  if (isLeft(standing)) return left(failure);
  const before = state.pending.filter(({ mark }) => standing.right.has(mark));
  if (before.length === 0) return left({ ...failure, isUnwritten: true });
  if (before.length < state.pending.length) return left(requestRejected(failure.message));
  const found = before.map(({ mark }): MarkedOutcome => ({ kind: 'already', mark, update: undefined }));
  return right(inOrder(asked, { ...state, landed: [...state.landed, ...found] }));
};

/** What to do after a batch that failed: try again with another state, or give up. */
const afterFailure = async (
  { marks, finder, sleep }: Deps,
  now: () => ProviderAccess,
  request: AppendMarked,
  place: SheetPlace,
  state: State,
  failure: ProviderError,
): AsyncResult<ProviderError, State> => {
  if (failure.kind === 'outcome-unknown') {
    const { retryAfterMs: waitMs = 0 } = failure;
    if (state.unclear || waitMs >= now().timeoutMs) return left(failure);
    await sleep(waitMs, now().signal);
    return right({ ...state, unclear: true, lost: true });
  }
  if (failure.kind !== 'request-rejected') return left(told(failure, state));
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

/** Where they cannot be looked up, by the refusal itself: that a mark of ours stands is said of no other reason. */
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

const inOrder = (
  { operations }: AppendMarked,
  { landed, lost }: Pick<State, 'landed' | 'lost'>,
): readonly MarkedOutcome[] => {
  const told = landed.map((outcome) => (lost ? ({ ...outcome, mayComeAgain: true } as const) : outcome));
  const byMark = new Map(told.map((outcome) => [outcome.mark, outcome]));
  return operations.flatMap(({ mark }) => byMark.get(mark) ?? []);
};
