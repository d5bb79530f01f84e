import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Requests with `Expect: 100-continue`, whose senders hold the body back. */
const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/**
 * Listener for Node's `checkContinue`; without one Node sends 100 to everybody. A request that is refused by its
 * headers gets its final answer instead (RFC 9110 section 10.1.1), after which Node closes the connection.
 */
export const continueWhenRead =
  (listener: RequestListener): RequestListener =>
  (req, res) => {
    waiting.set(req, res);
    listener(req, res);
  };

export const holdsBodyBack = (req: IncomingMessage): boolean =>
  req.headers.expect !== undefined && waiting.has(req);

/** To be called before a body is read: its sender may be waiting for 100 Continue. */
export const askForBody = (req: IncomingMessage): void => {
  if (req.headers.expect === undefined) return;
  waiting.get(req)?.writeContinue();
  waiting.delete(req);
};
