/**
 * Limits the commands in hand. The broker's prefetch does not, since it counts per consumer: one that was cancelled and
 * started again, on this channel or the next, gets the full number once more.
 */
export type WorkPlaces = {
  /** Whether work is waiting for a place. */
  readonly areWanted: () => boolean;
  /** Does the work as soon as there is a place for it. */
  readonly work: (work: () => Promise<void>) => Promise<void>;
};

/** `most`: places at a time, given in order of arrival. `onEnough` is called when nothing waits any more. */
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
