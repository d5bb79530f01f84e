import type { ConfirmChannel, Options } from 'amqplib';

/**
 * At most so many bytes AMQP needs for what stands beside a body. All of it goes into one frame: over a larger one than
 * was agreed upon the broker ends the connection, and the library does not look.
 */
export const propertiesSize = ({ headers, ...others }: Options.Publish): number =>
  Object.values(others as object).reduce<number>((sum, value) => sum + sizeOf(value), PLAIN) +
  sizeOf(headers);

/** What may be in a frame, as agreed upon with the broker. */
export const largestProperties = (channel: ConfirmChannel): number => {
  const { frameMax = Number.POSITIVE_INFINITY } = (channel.connection ?? {}) as {
    readonly frameMax?: number;
  };
  return frameMax - FRAME;
};

/** Head and end of a frame. */
const FRAME = 8;
/** Class, weight, size of the body, and which properties there are. */
const PLAIN = 14;
/** Tag and length of a text or a table; tag and value of the largest number. */
const HEAD = 5;
const NUMBER = 9;

const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return HEAD + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return HEAD + value.length;
  if (typeof value !== 'object' || value === null) return NUMBER;
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + sizeOf(inner), HEAD);
  return Object.entries(value).reduce(
    (sum, [name, inner]) => sum + 1 + Buffer.byteLength(name) + sizeOf(inner),
    HEAD,
  );
};
