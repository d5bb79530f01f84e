import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request asked for, path and query as they came, and for how long it was held, in milliseconds. */
export type HeldRequest = { readonly path: string; readonly ms: number };

export type HeldRequests = {
  readonly note: () => void;
  /** Those answered since `note`, in the order of their answers; then none are noted any more. */
  readonly take: () => readonly HeldRequest[];
};

type Started = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** Node's HTTP servers say it when they have read the head of a request. */
const START = 'http.server.request.start';
/** More than any part of the bench asks for; what comes after them is missing, and whoever looks for it says so. */
const MOST = 100_000;

/**
 * How long this process's HTTP servers hold each request: from the moment its head was read to the moment before its
 * answer is written. Reading and writing are left out, so they count against who asked. Costs nothing
 * while none are noted.
 */
export const heldRequests = (): HeldRequests => {
  let held: HeldRequest[] = [];
  const onStart = (message: unknown): void => {
    const since = performance.now();
    const { request, response } = message as Started;
    const list = held;
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
    // `http.server.response.finish` comes after the write, when the reader may have been at work for a while.
    response.end = (...given: unknown[]) => {
      if (list.length < MOST) list.push({ path: request.url ?? '', ms: performance.now() - since });
      return end(...given);
    };
  };
  return {
    note: () => {
      held = [];
      unsubscribe(START, onStart);
      subscribe(START, onStart);
    },
    take: () => {
      unsubscribe(START, onStart);
      const taken = held;
      held = [];
      return taken;
    },
  };
};
