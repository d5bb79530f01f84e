import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * Counts connections in a row that the broker accepted but closed over the first operations, for instance because the
 * user may open no more channels. The driver takes each of them for a success and would reconnect at once, for ever.
 */
export type TurnedOut = {
  readonly inARow: () => number;
  /** A connection was opened. Calls back once it has lasted, or at once if the one before was not closed like that. */
  readonly opened: (onStaying: () => void) => void;
  readonly ended: (error: Error) => void;
  /** We closed it ourselves, for good. */
  readonly closed: () => void;
};

/** Milliseconds that a connection must last after one that was closed like that. */
const STAYS_MS = 15_000;
/** 320 CONNECTION_FORCED: the broker is being stopped, or an operator closed the connection. */
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
