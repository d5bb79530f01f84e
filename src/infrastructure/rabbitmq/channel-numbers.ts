import type { ChannelModel } from 'amqplib';
import type { Readable } from 'node:stream';

/**
 * Parts of an amqplib connection that its types hide: the send buffer of each channel, and which channel numbers are
 * free.
 */
type Numbers = {
  readonly channels: readonly ({ readonly buffer: Readable } | null)[];
  readonly freeChannels: {
    readonly set: (channel: number) => void;
    readonly clear: (channel: number) => void;
  };
  releaseChannel: (channel: number) => void;
};

/**
 * amqplib reuses the number of a closed channel at once, while its last frames, the close-ok at the end, may still be
 * in its send buffer. If the new channel's open overtakes them, the broker sees a channel opened twice and closes the
 * connection, with everything in hand on it. So a number stays taken until its buffer is sent.
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
