import type { ChannelModel } from 'amqplib';

/** What a connection of amqplib has beside its types: the bytes that are not read yet, and what reads them. */
type Reader = { readonly rest: Buffer; recvFrame: () => unknown };

/**
 * RabbitMQ takes tables and arrays in each other, in headers, as deep as fits into a frame: thousands of levels. The
 * library descends into them until its stack is used up, and then ends the connection, with all that is in hand on it,
 * whenever such a message is handed out. So what lies too deep is made bytes before that, which are as long.
 */
export const keepHeadersShallow = ({ connection }: ChannelModel): void => {
  const reader = connection as unknown as Reader;
  const receive = reader.recvFrame;
  reader.recvFrame = () => {
    makeShallow(reader.rest);
    return receive.call(reader);
  };
};

/** Of a frame: its type, channel and size. Of one with properties: also class, weight and size of the body. */
const FRAME_HEAD = 7;
const PROPERTIES_HEAD = 12;
const PROPERTIES_FRAME = 2;
/** Properties that are there, in their order. */
const SHORT_TEXTS_BEFORE = [0x8000, 0x4000];
const HEADERS = 0x2000;

/** The first frame, when all of it has come. */
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

/** Bytes of the values that have always as many. */
const SIZES: ReadonlyMap<string, number> = new Map(
  Object.entries({ V: 0, b: 1, B: 1, t: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, d: 8, l: 8, L: 8, T: 8 }),
);
/** Nobody's headers have a tenth of it. */
const DEEPEST = 64;

/** The table whose length stands at `at`. Answers where it ends. */
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
  // A tag that nobody knows is the library's to complain about.
  if (tag !== 'F' && tag !== 'A') return value + (SIZES.get(tag) ?? Number.POSITIVE_INFINITY);
  if (depth < DEEPEST) return (tag === 'F' ? throughTable : throughArray)(bytes, value, depth + 1);
  bytes.write('x', at);
  return endOf(bytes, value);
};
