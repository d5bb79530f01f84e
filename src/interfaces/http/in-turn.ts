import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests may wait on a connection behind the one that is served. Clients that send ahead send about ten. */
export const MOST_AHEAD = 100;

/**
 * Serves the requests of one connection one after the other. Node hands over all that one read has brought, and 64 KiB
 * hold a thousand requests: they would be worked on together and before anybody else's, and each answer would be kept
 * until all before it are read. RFC 9112 section 9.3.2 allows that only where all have safe methods.
 */
export const inTurn = (listener: RequestListener): RequestListener => {
  const ahead = new WeakMap<Socket, number>();
  return (req, res) => {
    const { socket } = req;
    // An answer has said that it is the last. Node reads on until the connection is closed (RFC 9112 section 9.6).
    if (socket.writableEnded) return;
    // Node gives an answer its socket when all before it are over.
    if (res.socket !== null) return listener(req, res);
    const waiting = (ahead.get(socket) ?? 0) + 1;
    if (waiting > MOST_AHEAD) return void socket.destroy();
    ahead.set(socket, waiting);
    res.once('socket', () => {
      ahead.set(socket, (ahead.get(socket) ?? 1) - 1);
      listener(req, res);
    });
  };
};
