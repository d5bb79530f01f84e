import type { ChannelModel } from 'amqplib';
import type { Readable } from 'node:stream';

/** What a connection of amqplib has beside its types: what each channel has still to send, and which numbers are free. */
type Numbers = {
  readonly channels: readonly ({ readonly buffer: Readable } | null)[];
  readonly freeChannels: {
    readonly set: (channel: number) => void;
    readonly clear: (channel: number) => void;
  };
  releaseChannel: (channel: number) => void;
};

/**
 * The library gives the number of a closed channel to the next one while what the closed one had to send still stands
 * in a line of its own, its last word to the broker behind all else. The next one overtakes it, and over a channel that
 * is opened twice the broker ends the connection, with all that is in hand on it. So the number stays taken until then.
 */
export const keepNumbersUntilSent = ({ connection }: ChannelModel): void => {
  const numbers = connection as unknown as Numbers;
  const release = numbers.releaseChannel;
  numbers.releaseChannel = (channel) => {
    const unsent = numbers.channels[channel]?.buffer;
    release.call(numbers, channel);
    numbers.freeChannels.set(channel);
    unsent?.once('end', () => numbers.freeChannels.clear(channel));
  };
};
