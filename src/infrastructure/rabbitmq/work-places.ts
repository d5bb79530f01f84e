/**
 * Bounds the work in hand, which the broker does not do: it counts for each consumer, so one that ended and began
 * again, on this channel or the next, is given as much once more.
 */
export type WorkPlaces = {
  /** Some wait for one. */
  readonly areWanted: () => boolean;
  /** Does the work as soon as there is a place for it. */
  readonly work: (work: () => Promise<void>) => Promise<void>;
};

/** So many at a time, in the order in which they came. `onEnough`: nobody waits any more. */
export const workPlaces = (most: number, onEnough: () => void): WorkPlaces => {
  const waiting: (() => void)[] = [];
  let taken = 0;

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
    if (next !== undefined && waiting.length === 0) onEnough();
  };

  return {
    areWanted: () => waiting.length > 0,
    work: async (work) => {
      if (taken === most) await new Promise<void>((resolve) => waiting.push(resolve));
      else taken += 1;
      await work().finally(leave);
    },
  };
};
