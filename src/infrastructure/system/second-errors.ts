import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

let isOutlived = false;

/**
 * A socket with TLS may tell of two errors, when the server is not trusted and breaks the protocol besides, and drivers
 * (ioredis 6, amqplib 2) listen to the first alone: the second would end the process. Here it is what the first was,
 * the end of a connection. Drivers open sockets out of our sight, and Node tells of each.
 */
export const outliveSecondErrors = (): void => {
  if (isOutlived) return;
  isOutlived = true;
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('error', (error) => {
      // Whoever opened it listens to none: a mistake of ours, which Node would not pass over either.
      if (socket.listenerCount('error') === 0) throw error;
      socket.on('error', () => undefined);
      // Node leaves a socket open after an error of TLS, though nothing more can come of it.
      socket.destroy();
    });
  });
};
