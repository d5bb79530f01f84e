import type { Redis } from 'ioredis';

/** Milliseconds for reading the sockets: after a pause, a process runs timers that are due before it reads them. */
const LAST_LOOK_MS = 50;

/** Parts of an ioredis client that its types hide. Arriving data, or the loss of the connection, clears the timer. */
type Silence = Pick<Redis, 'options' | 'stream' | 'commandQueue'> & {
  socketTimeoutTimer: NodeJS.Timeout | undefined;
  setSocketTimeout: () => void;
};

/**
 * With its option `socketTimeout` the driver drops a connection as soon as the timer fires, even if the answers are
 * already in the socket and it is this process that was paused. This replacement of the driver's method reads the
 * socket first.
 */
export const judgeSilenceOnceRead = (prototype: Redis): void => {
  (prototype as unknown as Silence).setSocketTimeout = function (): void {
    const { stream, options } = this;
    const giveUp = (): void => {
      this.socketTimeoutTimer = undefined;
      stream.destroy(new Error('silent for too long'));
    };
    const lookOnceMore = (): void => {
      this.socketTimeoutTimer = setTimeout(giveUp, LAST_LOOK_MS);
    };
    this.socketTimeoutTimer = setTimeout(lookOnceMore, options.socketTimeout);
    stream.once('data', () => {
      clearTimeout(this.socketTimeoutTimer);
      this.socketTimeoutTimer = undefined;
      // The driver's own handler ran first: what is left in the queue still waits for an answer.
      if (this.commandQueue.length > 0) this.setSocketTimeout();
    });
  };
};
