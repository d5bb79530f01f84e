import type { ChannelModel } from 'amqplib';
import type { Readable } from 'node:stream';

/** What amqplib asks of the channel that has a number: to take a frame, and to end with its connection. */
type Holder = { readonly accept: (frame: unknown) => void; readonly toClosed: () => void };
type Place = { readonly channel: Holder; readonly buffer?: Readable };

/**
 * Parts of an amqplib connection that its types hide: who has each channel number, with the buffer of what is to be
 * sent, and which numbers are free.
 */
type Numbers = {
  readonly channels: (Place | null)[];
  readonly channelMax: number;
  readonly freeChannels: {
    readonly set: (channel: number) => void;
    readonly clear: (channel: number) => void;
    nextClearBit: (from: number) => number;
  };
  releaseChannel: (channel: number) => void;
};

/**
 * amqplib forgets a channel, and gives its number away again, as soon as the channel is closed. The broker takes longer,
 * and over each of these misunderstandings the connection ends, with everything in hand on it. So the number of a
 * closed channel stays with one that ignores what comes, and is given away as late as possible.
 */
export const keepNumbersApart = ({ connection }: ChannelModel): void => {
  const numbers = connection as unknown as Numbers;
  keepUntilSent(numbers);
  giveInTurn(numbers);
};

/**
 * RabbitMQ closes a channel over an error, but goes on delivering on it until it has read our close-ok: amqplib closes
 * the connection over a frame on a number that nobody has.
 */
const CLOSED: Place = { channel: { accept: () => undefined, toClosed: () => undefined } };

/**
 * The last frames of a closed channel, the close-ok at the end, may still be in its send buffer. If the open of a new
 * channel overtakes them, the broker sees a channel opened twice and closes the connection.
 */
const keepUntilSent = (numbers: Numbers): void => {
  const release = numbers.releaseChannel;
  numbers.releaseChannel = (channel) => {
    const unsent = numbers.channels[channel]?.buffer;
    release.call(numbers, channel);
    numbers.channels[channel] = CLOSED;
    numbers.freeChannels.set(channel);
    unsent?.once('end', () => numbers.freeChannels.clear(channel));
  };
};

/** Each number only after all others, as a late delivery of the channel before would end the one that has it now. */
const giveInTurn = ({ freeChannels, channelMax }: Numbers): void => {
  const freeFrom = freeChannels.nextClearBit.bind(freeChannels);
  let last = 0;
  freeChannels.nextClearBit = (lowest) => {
    const next = freeFrom(last + 1);
    last = next > channelMax ? freeFrom(lowest) : next;
    return last;
  };
};
