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
  /** Each time after the first, which is the call that was asked for. */
  readonly sendAgain: MarkedBatch;
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
 * A request or an answer that got lost must not take all the time: rows that are sent again are told what became of
 * them, in up to three calls more. With less time than for these, all of it is for the first.
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
 * Where rows would go is not there, say. Those of an earlier try may stand all the same, in a sheet that was renamed
 * since: their marks tell. Others in the same request are told the failure when they are tried by themselves.
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
