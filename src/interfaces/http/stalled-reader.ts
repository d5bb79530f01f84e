import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';

/**
 * Closes the connection once its reader has taken nothing for the time it has, or for twice as long at most, of what
 * was written and lies here: else whoever asks and never reads holds it for ever. Ends when all is taken; a
 * connection on which nothing lies ready waits for us, and is let be.
 */
export const untilTaken = (exchange: Exchange): void => {
  const { socket } = exchange.res;
  if (socket !== null && socket.writableLength > 0) watch(exchange, socket);
};

const watch = (exchange: Exchange, socket: Socket): void => {
  const { res, kit } = exchange;
  // Node begins this time anew whenever the system has taken a part of what is being written.
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
  // Before Node's own listener, which sets the time that an idle connection is kept.
  res.prependListener('finish', end);
};
