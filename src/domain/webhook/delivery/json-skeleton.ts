import { withDigits } from './whole-digits.ts';

/**
 * Extracts the upper levels of a large JSON object: members to a depth of six, with short texts, numbers and booleans
 * (whole numbers that a double cannot hold become texts). Arrays and long texts are skipped. One pass over the bytes in
 * bounded memory, because a parsed tree of a 25 MB body takes several times its size.
 */
const DEEPEST = 6;
const MOST_MEMBERS = 500;
/** Bytes between the quotes; ids and types are shorter. */
const LONGEST_TEXT = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACE = { open: 0x7b, close: 0x7d };
const BRACKET = { open: 0x5b, close: 0x5d };
const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const ENDS = new Set([...WHITE, COMMA, BRACE.close, BRACKET.close]);
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export type Skeleton = { readonly [name: string]: SkeletonValue };
export type SkeletonValue = string | number | boolean | null | undefined | Skeleton;

/** Undefined when the body is not a JSON object. Skipped parts are not validated. */
export const jsonSkeleton = (body: Uint8Array): Skeleton | undefined => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const start = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  try {
    const at = pastWhite(bytes, start);
    return bytes[at] === BRACE.open ? readObject(bytes, at, 1).value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

type Read<T> = { readonly value: T; readonly next: number };

const pastWhite = (bytes: Buffer, from: number): number => {
  let at = from;
  while (WHITE.has(bytes[at] ?? -1)) at += 1;
  return at;
};

const expectByte = (bytes: Buffer, from: number, byte: number): number => {
  const at = pastWhite(bytes, from);
  if (bytes[at] !== byte) throw new SyntaxError('not JSON');
  return at + 1;
};

/** The position after the closing quote. */
const pastText = (bytes: Buffer, from: number): number => {
  for (let at = bytes.indexOf(QUOTE, from + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  throw new SyntaxError('a text without an end');
};

const readText = (bytes: Buffer, from: number): Read<string | undefined> => {
  const next = pastText(bytes, from);
  const value =
    next - from - 2 > LONGEST_TEXT ? undefined : (JSON.parse(bytes.toString('utf8', from, next)) as string);
  return { value, next };
};

/** Skips containers without recursion, because the sender controls the nesting depth. */
const pastContainer = (bytes: Buffer, from: number): number => {
  let depth = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = pastText(bytes, at) - 1;
    else if (byte === BRACE.open || byte === BRACKET.open) depth += 1;
    else if (byte === BRACE.close || byte === BRACKET.close) depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new SyntaxError('a container without an end');
};

const readWord = (bytes: Buffer, from: number): Read<SkeletonValue> => {
  let next = from;
  while (next < bytes.length && !ENDS.has(bytes[next] ?? -1)) next += 1;
  if (next - from > LONGEST_TEXT) return { value: undefined, next };
  const word = bytes.toString('latin1', from, next);
  return { value: withDigits(JSON.parse(word) as number | boolean | null, word), next };
};

const readValue = (bytes: Buffer, from: number, depth: number): Read<SkeletonValue> => {
  if (bytes[from] === QUOTE) return readText(bytes, from);
  if (bytes[from] === BRACE.open && depth < DEEPEST) return readObject(bytes, from, depth + 1);
  if (bytes[from] === BRACE.open || bytes[from] === BRACKET.open)
    return { value: undefined, next: pastContainer(bytes, from) };
  return readWord(bytes, from);
};

const readObject = (bytes: Buffer, from: number, depth: number): Read<Skeleton> => {
  const members = new Map<string, SkeletonValue>();
  let at = pastWhite(bytes, from + 1);
  if (bytes[at] === BRACE.close) return { value: {}, next: at + 1 };
  for (;;) {
    if (bytes[at] !== QUOTE) throw new SyntaxError('a member without a name');
    const name = readText(bytes, at);
    const value = readValue(bytes, pastWhite(bytes, expectByte(bytes, name.next, COLON)), depth);
    // The last of duplicate members wins, as with JSON.parse.
    if (name.value !== undefined && (members.size < MOST_MEMBERS || members.has(name.value)))
      members.set(name.value, value.value);
    at = pastWhite(bytes, value.next);
    if (bytes[at] === BRACE.close) return { value: Object.fromEntries(members), next: at + 1 };
    at = pastWhite(bytes, expectByte(bytes, at, COMMA));
  }
};
