import type { LineSink } from '../wire/reply.ts';
import type { Exchange } from './exchange.ts';
import { untilTaken } from './stalled-reader.ts';

/** Writes lines to a streamed answer with backpressure: no faster than the client reads, whoever writes. */
export const lineSink = (exchange: Exchange): LineSink => {
  const { res } = exchange;
  let roomAgain: Promise<void> | undefined;
  const isOpen = (): boolean => !res.destroyed && !res.closed;
  return {
    isOpen,
    write: async (line) => {
      if (roomAgain !== undefined) await roomAgain;
      if (!isOpen() || res.write(line)) return;
      roomAgain ??= nextRoom(exchange).then(() => {
        roomAgain = undefined;
      });
      await roomAgain;
    },
  };
};

/** Resolves when the socket accepts more, or is closed. */
const nextRoom = (exchange: Exchange): Promise<void> =>
  new Promise((resolve) => {
    const { res } = exchange;
    untilTaken(exchange);
    const go = (): void => {
      res.off('drain', go);
      res.off('close', go);
      resolve();
    };
    res.on('drain', go);
    res.on('close', go);
  });
