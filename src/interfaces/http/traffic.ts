/** Counts the requests under way, so that a stop can let them finish. */
export type Traffic = {
  readonly begin: () => void;
  readonly end: () => void;
  readonly isStopping: () => boolean;
  /** From now on nothing new is taken. Resolves when nothing is under way any more. */
  readonly stop: () => Promise<void>;
};

export const createTraffic = (): Traffic => {
  let running = 0;
  let isStopping = false;
  let quiet = (): void => undefined;
  return {
    begin: () => {
      running += 1;
    },
    end: () => {
      running -= 1;
      if (running === 0) quiet();
    },
    isStopping: () => isStopping,
    stop: () => {
      isStopping = true;
      return new Promise((resolve) => {
        quiet = resolve;
        if (running === 0) resolve();
      });
    },
  };
};
