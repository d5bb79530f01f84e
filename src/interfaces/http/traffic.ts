/**
 * The phases of the server. In `leaving` and `draining` it serves as before but closes each connection after its
 * answer; `draining` also reports not ready; `stopping` refuses new requests.
 */
export type Phase = 'serving' | 'leaving' | 'draining' | 'stopping';

/** Counts requests under way, so that a stop can wait for them. */
export type Traffic = {
  readonly begin: () => void;
  readonly end: () => void;
  readonly phase: () => Phase;
  readonly enter: (phase: Phase) => void;
  /** Resolves when no request is under way. */
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
