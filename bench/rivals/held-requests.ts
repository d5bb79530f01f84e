import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request's target, path and query as received, and for how long it was held, in milliseconds. */
export type HeldRequest = { readonly path: string; readonly ms: number };

export type HeldRequests = {
  readonly note: () => void;
  /** Returns those answered since `note`, in the order of their answers, and stops recording. */
  readonly take: () => readonly HeldRequest[];
};

type Started = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** The diagnostics channel on which Node's HTTP servers report that the head of a request was read. */
const START = 'http.server.request.start';
/** More than any part of the bench requests; later ones are not recorded, which the evaluation reports as an error. */
const MOST = 100_000;

/**
 * Measures how long this process's HTTP servers hold each request: from the time its head was read to just before its
 * answer is written. Reading and writing are excluded, so they count as time of the client. It costs nothing while not
 * recording.
 */
export const heldRequests = (): HeldRequests => {
  let held: HeldRequest[] = [];
  const onStart = (message: unknown): void => {
    const since = performance.now();
    const { request, response } = message as Started;
    const list = held;
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
    // `http.server.response.finish` is published after the write, when the reader may already have been working for a
    // while.
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
