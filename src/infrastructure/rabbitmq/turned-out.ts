import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * The connections in a row that the broker let in and ended over the first things done there: as where its user may
 * have no channel more. The driver takes each for the end of an absence, and would come again at once, for ever.
 */
export type TurnedOut = {
  readonly inARow: () => number;
  /** A connection is there. Calls back when it has stayed; at once where none before it was ended like that. */
  readonly opened: (onStaying: () => void) => void;
  readonly ended: (error: Error) => void;
  /** By ourselves, for good. */
  readonly closed: () => void;
};

/** Milliseconds that a connection has to stay after one that was ended like that. */
const STAYS_MS = 15_000;
/** 320 CONNECTION_FORCED: the broker is stopped, or an operator has ended it. */
const FORCED = 320;

export const turnedOut = (sleep: Sleep): TurnedOut => {
  let inARow = 0;
  let isNew = false;
  let open = new AbortController();

  const watch = async ({ signal }: AbortController, onStaying: () => void): Promise<void> => {
    await sleep(STAYS_MS, signal);
    if (signal.aborted) return;
    isNew = false;
    if (inARow > 0) onStaying();
    inARow = 0;
  };
  return {
    inARow: () => inARow,
    opened: (onStaying) => {
      open = new AbortController();
      isNew = true;
      if (inARow === 0) onStaying();
      void watch(open, onStaying);
    },
    ended: (error) => {
      open.abort();
      const code = 'code' in error ? error.code : undefined;
      if (isNew && typeof code === 'number' && code !== FORCED) inARow += 1;
      isNew = false;
    },
    closed: () => open.abort(),
  };
};
