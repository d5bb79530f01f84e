import type { Clock } from '../../../domain/shared/clock.ts';

/**
 * Redis's clock, estimated from the times in its answers and independent of our own wall clock. Its error is at most
 * the round-trip time of the quickest answer.
 */
export type RedisClock = {
  readonly now: () => number;
  readonly isKnown: () => boolean;
  /**
   * An answer carried Redis's time `now`, in whole milliseconds. `asked`: our monotonic clock when the question was
   * sent.
   */
  readonly observe: (now: number, asked: number) => void;
};

/**
 * Redis read its clock at some moment between the question and its answer, so each answer bounds the offset from both
 * sides. The offset moves only as far as those bounds force it to: a slow answer, or one read late, has wide bounds and
 * changes nothing.
 */
export const redisClock = (clock: Clock): RedisClock => {
  let offset: number | undefined;
  return {
    now: () => (offset === undefined ? clock.now() : Math.floor(offset + clock.monotonic())),
    isKnown: () => offset !== undefined,
    observe: (now, asked) => {
      const least = now - clock.monotonic();
      // Plus 1, since Redis's time was rounded down to milliseconds.
      const most = now + 1 - asked;
      offset = Math.min(Math.max(offset ?? least, least), most);
    },
  };
};
