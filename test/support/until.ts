import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Far longer than any awaited event takes, even on a busy machine: it only ends waits for what would never happen. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 10;

const polled = async <T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  deadlineMs: number,
  complaint: (answer: T) => string,
): Promise<T> => {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > deadline) throw new Error(complaint(answer));
    await pause(PAUSE_MS);
  }
};

/** Repeats the call until the answer is as wanted; rejects with the last answer if it never is. */
export const until = <T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  deadlineMs = PATIENCE_MS,
): Promise<T> =>
  polled(ask, isWanted, deadlineMs, (answer) => `after ${deadlineMs} ms still ${inspect(answer)}`);

/** Repeats the call until there is an answer; rejects with the description of what was awaited if there is none. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined>,
  deadlineMs = PATIENCE_MS,
): Promise<T> => {
  const complaint = (): string => `waited ${deadlineMs} ms in vain for ${what}`;
  return (await polled(look, (answer) => answer !== undefined, deadlineMs, complaint)) as T;
};
