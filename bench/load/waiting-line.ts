/** Sends the next request, which was due at a moment of `performance.now()`. */
export type Send = (due: number, hasWaited: boolean) => void;

export type WaitingLine = { readonly onDue: (due: number) => void; readonly onFree: (send: Send) => void };

/** A due request that finds no free connection waits for one, and that time counts as latency. */
export const waitingLine = (): WaitingLine => {
  const free: Send[] = [];
  const waiting: number[] = [];
  return {
    onDue: (due) => {
      const send = free.pop();
      if (send === undefined) waiting.push(due);
      else send(due, false);
    },
    onFree: (send) => {
      const due = waiting.shift();
      if (due === undefined) free.push(send);
      else send(due, true);
    },
  };
};
