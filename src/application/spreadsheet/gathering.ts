import type { ExpectedCall } from '../provider-call/quota/line-ticket.ts';
import { isFull } from './batch-bounds.ts';
import type { WaitingAppend } from './waiting-append.ts';

/** The least time in milliseconds from the first append of a lane until its request leaves, so that others can join. */
const GATHER_MS = 30;
/**
 * Appends in quick succession are sent together, even if a busy machine handles their requests one by one. The request
 * leaves when nobody has joined for JOINING_MS and for JOINING_PAUSES times the longest pause between arrivals, at the
 * latest LONGEST_JOINING_MS after the first append. A single append after a shared request may be the first of several.
 * Only a continuous stream of several callers waits to the end, and an account has just sixty requests a minute.
 */
const JOINING_MS = 50;
const JOINING_PAUSES = 4;
const LONGEST_JOINING_MS = 500;
/**
 * Where the account's quota is scarce, a request leaves when nobody has joined for QUIET_MS, at the latest LONGEST_MS
 * after the first append (both times the scarcity): rows that miss it cost another request, for which somebody then
 * waits a minute.
 */
const QUIET_MS = 1_000;
const LONGEST_MS = 3_000;
/** Share of the callers' time that may be spent on waiting for more appends. */
const MOST_OF_THEIR_TIME = 0.25;

/** Statistics of arrivals in a lane. Times are monotonic milliseconds. */
export type Arrivals = {
  readonly joined: (now: number) => void;
  /**
   * Some callers got their answers. The next arrival may be one of them again, so the pause before it is not counted.
   */
  readonly answered: () => void;
  /** Longest pause between arrivals without an answer in between; earlier values are halved with each answer. */
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
  /** Number of appends in the previous request; 0 for the first one of the lane. */
  readonly before: number;
};

/** Milliseconds to wait for more appends; zero or negative: send now. */
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
