import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** How much and how long a sender who was already answered is still listened to. */
const MOST_BYTES = 16 * 1024 * 1024;
const LONGEST_MS = 2_000;

/**
 * Reads the rest of a request's body and throws it away; resolves at its end, or when it is too much or takes
 * too long. To close a connection under a sender who still writes resets it, and the answer that lies in the
 * sender's receive buffer is lost with it (RFC 9112 section 9.6).
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

/** Closes a connection whose answer is written when its sender closes it, or after a while: some never do. */
export const closeInTime = (socket: Duplex): void => {
  const late = setTimeout(() => socket.destroy(), LONGEST_MS);
  socket.once('close', () => clearTimeout(late));
};
