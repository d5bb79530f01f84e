import { nothingSent } from '../../../domain/provider/nothing-sent.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { AppendMarked, MarkedOutcome, Spreadsheet } from '../../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import { requestRejected } from '../http-answer.ts';
import {
  afterMarkedFailure,
  told,
  type AppendState,
  type MarkedFailureDeps,
} from './after-marked-failure.ts';
import { hasValue, isTooFarRight, TOO_FAR_RIGHT } from './appended-rows.ts';
import type { MarkedBatch } from './marked-batch.ts';
import type { SheetPlaces } from './sheet-places.ts';
import { outcomeUnknown } from './sheets-asker.ts';
import { timeLeft } from './time-left.ts';

type Deps = MarkedFailureDeps & {
  readonly clock: Clock;
  readonly places: SheetPlaces;
  readonly send: MarkedBatch;
  /** For each attempt after the first, which is the call that was granted. */
  readonly sendAgain: MarkedBatch;
};

/** One attempt whose end is unclear, one whose marks already existed, one whose sheet was gone, and one to find out. */
const MOST_SENDS = 4;
/** Timers may fire up to a millisecond early; less than this is not enough time for an answer. */
const LEAST_SEND_MS = 5;

/**
 * Sends rows and marks in one atomic request. A mark that already exists makes Google refuse the whole request, so that
 * every repeat is safe, even against a request that arrives late: one whose end is unclear is simply sent again, once,
 * though not before the provider allows it. After a refusal the marks themselves are looked up, since the wording of
 * this one is not documented; rows that landed before are searched for in the sheet, and the rest is sent without them.
 */
export const markedAppend =
  (deps: Deps): Spreadsheet['appendMarked'] =>
  async (access, asked) => {
    if (!asked.operations.every(hasValue))
      return left(requestRejected('rows without any value cannot be appended'));
    const now = timeLeft(deps.clock, access);
    let state: AppendState = {
      pending: asked.operations,
      landed: [],
      unclear: false,
      lost: false,
      look: false,
    };
    for (let sends = 0; state.pending.length > 0; sends += 1) {
      const place = await deps.places.placeOf(now(), asked, state.look);
      if (isLeft(place)) return notSendable(deps, now(), asked, state, nothingSent(place.left));
      const request = { ...asked, firstColumn: place.right.firstColumn ?? asked.firstColumn };
      if (isTooFarRight(request.firstColumn, state.pending))
        return notSendable(deps, now(), asked, state, NO_ROOM);
      const [send, given] = sends === 0 ? [deps.send, leavingSome(now())] : [deps.sendAgain, now()];
      const sent = await send(given, { ...request, operations: state.pending }, place.right);
      const next = isLeft(sent)
        ? await afterMarkedFailure(deps, { now, request, place: place.right, state }, sent.left)
        : right(allLanded(state, sent.right));
      if (isLeft(next)) return next;
      state = next.right;
      if (state.pending.length > 0 && (sends + 1 >= MOST_SENDS || now().timeoutMs < LEAST_SEND_MS))
        return left(UNKNOWN);
    }
    return right(inOrder(asked, state));
  };

/**
 * A lost request or answer must not take all the time: finding out what became of the rows takes up to three more
 * calls. If there is not enough time for these, the first call gets it all.
 */
const SHARE_OF_REST = 0.4;
const LEAST_REST_MS = 1_000;
const leavingSome = (access: ProviderAccess): ProviderAccess => {
  const rest = access.timeoutMs * SHARE_OF_REST;
  return rest < LEAST_REST_MS ? access : { ...access, timeoutMs: access.timeoutMs - rest };
};

const UNKNOWN = outcomeUnknown('it was not told in time');
const NO_ROOM: ProviderError = { ...requestRejected(TOO_FAR_RIGHT), isOfSize: true };

const allLanded = (state: AppendState, outcomes: readonly MarkedOutcome[]): AppendState => ({
  ...state,
  pending: [],
  landed: [...state.landed, ...outcomes],
});

/**
 * The place for the rows does not exist, for instance. Those of an earlier attempt may be there all the same, in a
 * sheet that was renamed since, which their marks tell. Others in the same request get the failure when they are tried
 * separately.
 */
const notSendable = async (
  { marks }: Deps,
  access: ProviderAccess,
  asked: AppendMarked,
  state: AppendState,
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

const inOrder = (
  { operations }: AppendMarked,
  { landed, lost }: Pick<AppendState, 'landed' | 'lost'>,
): readonly MarkedOutcome[] => {
  const told = landed.map((outcome) => (lost ? ({ ...outcome, mayComeAgain: true } as const) : outcome));
  const byMark = new Map(told.map((outcome) => [outcome.mark, outcome]));
  return operations.flatMap(({ mark }) => byMark.get(mark) ?? []);
};
