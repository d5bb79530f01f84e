import type { Clock } from '../../../domain/shared/clock.ts';

/**
 * Redis's clock, as its answers tell it and whatever our wall clock says. It is off by no more than the quickest answer
 * took.
 */
export type RedisClock = {
  readonly now: () => number;
  readonly isKnown: () => boolean;
  /** What an answer told of it, in whole milliseconds; `asked`: our monotonic clock when the question was sent. */
  readonly heard: (now: number, asked: number) => void;
};

/**
 * Redis looked at its clock between a question and its answer. Each answer narrows down what the time can be, and the
 * offset moves only as far as it must: a slow answer, or one that was read late, says little and changes nothing.
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
