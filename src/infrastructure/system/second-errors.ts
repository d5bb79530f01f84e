import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

let isOutlived = false;

/**
 * A TLS socket may emit two errors, when the server is not trusted and also breaks the protocol, but drivers (ioredis
 * 6, amqplib 2) handle only the first: the second would end the process. Here it has no further effect than the first,
 * the end of a connection. Drivers create sockets internally, so they are found through Node's diagnostics channel.
 */
export const outliveSecondErrors = (): void => {
  if (isOutlived) return;
  isOutlived = true;
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('error', (error) => {
      // Nobody handles errors of this socket: a mistake of ours, which Node would not ignore either.
      if (socket.listenerCount('error') === 0) throw error;
      socket.on('error', () => undefined);
      // Node leaves a socket open after a TLS error, though nothing more can come of it.
      socket.destroy();
    });
  });
};
