import type { Clock } from '../../domain/shared/clock.ts';

/** Redis's clock as far as its answers tell: at most the time of an answer's way behind, whatever our wall clock says. */
export type RedisClock = {
  readonly now: () => number;
  readonly isKnown: () => boolean;
  readonly heard: (now: number) => void;
};

export const redisClock = (clock: Clock): RedisClock => {
  let offset: number | undefined;
  return {
    now: () => (offset === undefined ? clock.now() : Math.floor(offset + clock.monotonic())),
    isKnown: () => offset !== undefined,
    heard: (now) => {
      offset = now - clock.monotonic();
    },
  };
};
