import type { ExpectedCall } from '../provider-call/quota/line-ticket.ts';
import { isFull } from './batch-bounds.ts';
import type { WaitingAppend } from './waiting-append.ts';

/** From the first append to the departure, for others to join it. */
const GATHER_MS = 30;
/**
 * Those who come one close upon the other leave together, also when a busy machine reads or sends their requests one by
 * one: nobody has joined for so long, and for so many times the longest pause between them; or the first one has waited
 * so long. Who comes alone after such a call may be the first of more. Only a stream of several callers is held up to
 * the end, and an account has sixty calls a minute.
 */
const JOINING_MS = 50;
const JOINING_PAUSES = 4;
const LONGEST_JOINING_MS = 500;
/**
 * Where calls are scarce, a call leaves when nobody has joined it for so long, and at the latest so long after the
 * first one: what leaves with a part of its rows has to come again for the rest, at the cost of a call that somebody
 * then waits a minute for.
 */
const QUIET_MS = 1_000;
const LONGEST_MS = 3_000;
/** Of the time that its callers have. */
const MOST_OF_THEIR_TIME = 0.25;

/** How the callers of a lane come. Times are monotonic milliseconds. */
export type Arrivals = {
  readonly joined: (now: number) => void;
  /** Some have their answers. Whoever comes next may be one of them again, so the pause before it tells nothing. */
  readonly answered: () => void;
  /** The longest between two that came without an answer between them; of earlier ones less and less is believed. */
  readonly pauseMs: () => number;
};

export const arrivals = (): Arrivals => {
  let last: number | undefined;
  let pauseMs = 0;
  return {
    joined: (now) => {
      pauseMs = Math.max(pauseMs, now - (last ?? now));
      last = now;
    },
    answered: () => {
      pauseMs /= 2;
      last = undefined;
    },
    pauseMs: () => pauseMs,
  };
};

type Gathering = {
  readonly waiting: readonly WaitingAppend[];
  readonly expected: ExpectedCall;
  readonly coming: Pick<Arrivals, 'pauseMs'>;
  /** How many went along with the call before this one; 0: it is the first of its lane. */
  readonly before: number;
};

/** Milliseconds that a call should still wait for more rows; zero and less: it leaves. */
export const stillToGather = (
  { waiting, expected: { scarcity }, coming: { pauseMs }, before }: Gathering,
  now: number,
): number => {
  const [first, last] = [waiting[0], waiting.at(-1)];
  if (first === undefined || last === undefined || isFull(waiting)) return 0;
  const scarce = scarcity();
  const areSeveral = waiting.length > 1 || before > 1;
  const quietMs = Math.max(scarce * QUIET_MS, areSeveral ? joiningMs(pauseMs()) : 0);
  const longestMs = Math.max(scarce * LONGEST_MS, areSeveral ? LONGEST_JOINING_MS : 0);
  const shortest = Math.min(...waiting.map(({ access }) => access.timeoutMs));
  const quietAt = Math.min(
    last.joinedAt + quietMs,
    first.joinedAt + Math.min(longestMs, shortest * MOST_OF_THEIR_TIME),
  );
  return Math.max(quietAt, first.joinedAt + (before === 0 ? GATHER_MS : 0)) - now;
};

const joiningMs = (pauseMs: number): number => Math.max(JOINING_MS, JOINING_PAUSES * pauseMs);
