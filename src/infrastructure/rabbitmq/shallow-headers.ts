import type { ChannelModel } from 'amqplib';

/** Parts of an amqplib connection that its types hide: the bytes not parsed yet, and the method that parses them. */
type Reader = { readonly rest: Buffer; recvFrame: () => unknown };

/**
 * RabbitMQ accepts nested tables and arrays in headers as deep as fits into a frame: thousands of levels. amqplib
 * parses them recursively until the stack overflows, and then closes the connection, with everything in hand on it,
 * each time the message is delivered. So values nested too deep are turned into byte arrays of the same length before
 * they are parsed.
 */
export const keepHeadersShallow = ({ connection }: ChannelModel): void => {
  const reader = connection as unknown as Reader;
  const receive = reader.recvFrame;
  reader.recvFrame = () => {
    makeShallow(reader.rest);
    return receive.call(reader);
  };
};

/**
 * Bytes of a frame's header (type, channel, size); bytes of the fields before the property flags (class id, weight,
 * body size); the type of such a frame.
 */
const FRAME_HEAD = 7;
const PROPERTIES_HEAD = 12;
const PROPERTIES_FRAME = 2;
/** Property flags: the short texts that precede the headers, and the headers. */
const SHORT_TEXTS_BEFORE = [0x8000, 0x4000];
const HEADERS = 0x2000;

/** Handles the first frame, once it has arrived completely. */
const makeShallow = (bytes: Buffer): void => {
  if (bytes.length < FRAME_HEAD || bytes[0] !== PROPERTIES_FRAME) return;
  if (bytes.length < FRAME_HEAD + bytes.readUInt32BE(3)) return;
  let at = FRAME_HEAD + PROPERTIES_HEAD;
  const there = bytes.readUInt16BE(at);
  if ((there & HEADERS) === 0) return;
  at += 2;
  for (const text of SHORT_TEXTS_BEFORE) if ((there & text) !== 0) at += 1 + bytes.readUInt8(at);
  throughTable(bytes, at, 1);
};

/** Sizes of values with a fixed length. */
const SIZES: ReadonlyMap<string, number> = new Map(
  Object.entries({ V: 0, b: 1, B: 1, t: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, d: 8, l: 8, L: 8, T: 8 }),
);
/** Ten times what anybody's headers need. */
const DEEPEST = 64;

/** Walks through the table whose length is at `at`, and returns where it ends. */
const throughTable = (bytes: Buffer, at: number, depth: number): number => {
  const end = endOf(bytes, at);
  for (let next = at + 4; next < end;) next = throughValue(bytes, next + 1 + bytes.readUInt8(next), depth);
  return end;
};

const throughArray = (bytes: Buffer, at: number, depth: number): number => {
  const end = endOf(bytes, at);
  for (let next = at + 4; next < end;) next = throughValue(bytes, next, depth);
  return end;
};

const endOf = (bytes: Buffer, at: number): number => at + 4 + bytes.readUInt32BE(at);

const throughValue = (bytes: Buffer, at: number, depth: number): number => {
  const value = at + 1;
  const tag = bytes.toString('latin1', at, value);
  if (tag === 'S' || tag === 'x') return endOf(bytes, value);
  // An unknown tag is left for amqplib to report.
  if (tag !== 'F' && tag !== 'A') return value + (SIZES.get(tag) ?? Number.POSITIVE_INFINITY);
  if (depth < DEEPEST) return (tag === 'F' ? throughTable : throughArray)(bytes, value, depth + 1);
  bytes.write('x', at);
  return endOf(bytes, value);
};
