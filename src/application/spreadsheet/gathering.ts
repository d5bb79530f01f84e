import type { ExpectedCall } from '../provider-call/line-ticket.ts';
import { isFull } from './batch-bounds.ts';
import type { WaitingAppend } from './waiting-append.ts';

/** From the first append to the departure, for others to join it. */
const GATHER_MS = 30;
/**
 * Those who come one close upon the other leave together, also when a busy machine reads their requests one by one:
 * nobody has joined for so long, or the first one has waited so long. Only a stream of twenty and more a second is
 * held up to the end, and an account has sixty calls a minute.
 */
const JOINING_MS = 50;
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

/** Milliseconds that a call should still wait for more rows; zero and less: it leaves. */
export const stillToGather = (
  waiting: readonly WaitingAppend[],
  { scarcity }: ExpectedCall,
  now: number,
  isFirst: boolean,
): number => {
  const [first, last] = [waiting[0], waiting.at(-1)];
  if (first === undefined || last === undefined || isFull(waiting)) return 0;
  const scarce = scarcity();
  const areSeveral = waiting.length > 1;
  const quietMs = Math.max(scarce * QUIET_MS, areSeveral ? JOINING_MS : 0);
  const longestMs = Math.max(scarce * LONGEST_MS, areSeveral ? LONGEST_JOINING_MS : 0);
  const shortest = Math.min(...waiting.map(({ access }) => access.timeoutMs));
  const quietAt = Math.min(
    last.joinedAt + quietMs,
    first.joinedAt + Math.min(longestMs, shortest * MOST_OF_THEIR_TIME),
  );
  return Math.max(quietAt, first.joinedAt + (isFirst ? GATHER_MS : 0)) - now;
};
