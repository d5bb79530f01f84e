import type { ServerResponse } from 'node:http';
import type { Caller } from '../../application/provider-call/call-options.ts';

/**
 * The caller that waits for this answer. Uses one listener on the response, however many parts of a call wait for the
 * caller to disconnect.
 */
export const waitingCaller = (res: ServerResponse): Caller => {
  let waiting: Set<() => void> | undefined;
  const listening = (): Set<() => void> => {
    const all = new Set<() => void>();
    res.once('close', () => all.forEach((listener) => listener()));
    return all;
  };
  return {
    isGone: () => res.closed,
    whenGone: (listener) => {
      const all = (waiting ??= listening());
      all.add(listener);
      return () => void all.delete(listener);
    },
  };
};
