import type { Redis } from 'ioredis';

/** Milliseconds for a process that was held up, and finds its timers due before it has read its sockets. */
const LAST_LOOK_MS = 50;

/** What a client of ioredis has beside its types. Who hears something, or loses the connection, clears the timer. */
type Silence = Pick<Redis, 'options' | 'stream' | 'commandQueue'> & {
  socketTimeoutTimer: NodeJS.Timeout | undefined;
  setSocketTimeout: () => void;
};

/**
 * By its option `socketTimeout` the driver drops a connection as soon as the clock says so: also where the answers lie
 * in the socket, and it is this process that was held up for so long. This one, in place of the driver's, reads first.
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
      // The driver has read before: these are still to be answered.
      if (this.commandQueue.length > 0) this.setSocketTimeout();
    });
  };
};
