import type { ServerResponse } from 'node:http';
import type { Caller } from '../../application/provider-call/call-options.ts';

/** The caller at the other end of a connection. One listener on the answer, however many wait for the caller to go. */
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
