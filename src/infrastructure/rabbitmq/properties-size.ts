import type { ConfirmChannel, Options } from 'amqplib';

/**
 * An upper bound, in bytes, of a message's encoded properties. They must all fit into one frame: if it exceeds the
 * negotiated size, the broker closes the connection, and amqplib does not check it.
 */
export const propertiesSize = ({ headers, ...others }: Options.Publish): number =>
  Object.values(others as object).reduce<number>((sum, value) => sum + sizeOf(value), PLAIN) +
  sizeOf(headers);

/** Room for properties in a frame of the size negotiated with the broker. */
export const largestProperties = (channel: ConfirmChannel): number => {
  const { frameMax = Number.POSITIVE_INFINITY } = (channel.connection ?? {}) as {
    readonly frameMax?: number;
  };
  return frameMax - FRAME;
};

/** Header and end of a frame. */
const FRAME = 8;
/** Class id, weight, body size, and the property flags. */
const PLAIN = 14;
/** Tag and length of a text or table; tag and value of the largest number. */
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
