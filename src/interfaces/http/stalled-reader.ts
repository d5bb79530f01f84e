import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';

/**
 * Closes the connection when the client has read nothing of the data written for it during its time limit (or twice
 * that at most); otherwise a client that never reads would hold the connection for ever. Ends once everything is read:
 * a connection without data to send is waiting for us, and is left alone.
 */
export const untilTaken = (exchange: Exchange): void => {
  const { socket } = exchange.res;
  if (socket !== null && socket.writableLength > 0) watch(exchange, socket);
};

const watch = (exchange: Exchange, socket: Socket): void => {
  const { res, kit } = exchange;
  // Node restarts this timeout whenever the kernel has accepted a part of what is being written.
  socket.setTimeout(kit.readerTimeoutMs);
  const stalled = (): void => {
    exchange.hasStalled = true;
    socket.destroy();
  };
  const end = (): void => {
    res.off('timeout', stalled).off('drain', end).off('finish', end);
    socket.setTimeout(0);
  };
  res.on('timeout', stalled).on('drain', end);
  // Before Node's own listener, which then sets the keep-alive timeout.
  res.prependListener('finish', end);
};
