/**
 * How the server stands to its callers. `leaving` and `draining` serve as before but close each connection
 * after its answer; draining also tells probes to send nobody here; `stopping` takes nothing new.
 */
export type Phase = 'serving' | 'leaving' | 'draining' | 'stopping';

/** Counts the requests under way, so that a stop can let them finish. */
export type Traffic = {
  readonly begin: () => void;
  readonly end: () => void;
  readonly phase: () => Phase;
  readonly enter: (phase: Phase) => void;
  /** Resolves when nothing is under way. */
  readonly quiet: () => Promise<void>;
};

export const createTraffic = (): Traffic => {
  let running = 0;
  let phase: Phase = 'serving';
  let quiet = (): void => undefined;
  return {
    begin: () => {
      running += 1;
    },
    end: () => {
      running -= 1;
      if (running === 0) quiet();
    },
    phase: () => phase,
    enter: (next) => {
      phase = next;
    },
    quiet: () =>
      new Promise((resolve) => {
        quiet = resolve;
        if (running === 0) resolve();
      }),
  };
};
