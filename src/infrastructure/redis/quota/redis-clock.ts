import type { Clock } from '../../../domain/shared/clock.ts';

/**
 * Redis's clock as far as its answers tell, whatever our wall clock says: no further off than the quickest was long.
 */
export type RedisClock = {
  readonly now: () => number;
  readonly isKnown: () => boolean;
  /** What an answer told of it, in whole milliseconds; `asked`: our monotonic clock when the question was sent. */
  readonly heard: (now: number, asked: number) => void;
};

/**
 * A question and its answer enclose the moment at which Redis looked at its clock. What is believed moves no further
 * than an answer says it must: one that was slow, or was read late, says little, and does not set it back.
 */
export const redisClock = (clock: Clock): RedisClock => {
  let offset: number | undefined;
  return {
    now: () => (offset === undefined ? clock.now() : Math.floor(offset + clock.monotonic())),
    isKnown: () => offset !== undefined,
    heard: (now, asked) => {
      const least = now - clock.monotonic();
      // Less than one that was rounded off.
      const most = now + 1 - asked;
      offset = Math.min(Math.max(offset ?? least, least), most);
    },
  };
};
