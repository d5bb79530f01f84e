import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Senders that said `Expect: 100-continue` and hold their bodies back. */
const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/**
 * For Node's `checkContinue`: by itself it would say 100 to everybody. A request that its headers alone condemn gets
 * its final answer instead (RFC 9110 section 10.1.1), and Node closes the connection then.
 */
export const continueWhenRead =
  (listener: RequestListener): RequestListener =>
  (req, res) => {
    waiting.set(req, res);
    listener(req, res);
  };

export const holdsBodyBack = (req: IncomingMessage): boolean =>
  req.headers.expect !== undefined && waiting.has(req);

/** To be called before a body is read: its sender may be waiting to hear that it is wanted. */
export const askForBody = (req: IncomingMessage): void => {
  if (req.headers.expect === undefined) return;
  waiting.get(req)?.writeContinue();
  waiting.delete(req);
};
