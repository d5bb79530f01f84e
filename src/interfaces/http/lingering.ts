import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** How many bytes and milliseconds of a body are still read after the answer was sent. */
const MOST_BYTES = 16 * 1024 * 1024;
const LONGEST_MS = 2_000;

/**
 * Reads the rest of a request's body and discards it; resolves at its end, or when it becomes too much or takes too
 * long. Closing a connection while the client is still sending resets it, and the answer in the client's receive buffer
 * is lost (RFC 9112 section 9.6).
 */
export const restOfBody = (req: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const late = setTimeout(resolve, LONGEST_MS);
    let dropped = 0;
    req.on('data', (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > MOST_BYTES) resolve();
    });
    req.on('close', () => {
      clearTimeout(late);
      resolve();
    });
    if (req.closed) resolve();
  });

/**
 * Once the answer is written, waits for the client to close the connection, but closes it after a while, since some
 * clients never do.
 */
export const closeInTime = (socket: Duplex): void => {
  const late = setTimeout(() => socket.destroy(), LONGEST_MS);
  socket.once('close', () => clearTimeout(late));
};
