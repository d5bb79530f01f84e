import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** How many pipelined requests may wait on a connection. Clients that pipeline send about ten ahead. */
export const MOST_AHEAD = 100;

/**
 * Serves pipelined requests of a connection one after the other. Node hands over all requests that one read contains,
 * and 64 KiB can hold a thousand: they would be processed at once, before anybody else's, and each answer kept in
 * memory until all earlier ones are read. RFC 9112 section 9.3.2 allows parallel processing only if all have safe
 * methods.
 */
export const inTurn = (listener: RequestListener): RequestListener => {
  const ahead = new WeakMap<Socket, number>();
  return (req, res) => {
    const { socket } = req;
    // An earlier answer has announced that it is the last one. Node goes on reading until the connection is closed (RFC
    // 9112 section 9.6).
    if (socket.writableEnded) return;
    // Node assigns the socket to a response when all earlier ones are finished.
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
