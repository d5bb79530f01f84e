import { crc32 } from 'node:zlib';
import { LINE_END } from '../postgres/trail/call-line.ts';

/** A call as the spool keeps it: what `append_calls` takes, redacted long before. */
export type SpooledCall = { readonly line: string; readonly events: string };

export type SpoolContent = {
  readonly calls: readonly SpooledCall[];
  /** Bytes that belong to no whole frame: the disk has lost something. A frame torn at the end does not count. */
  readonly damagedBytes: number;
};

/** "spol": where the next frame may begin when one is broken. */
const MAGIC = 0x73_70_6f_6c;
const HEADER_BYTES = 12;

/** Magic, length of the text, CRC-32 of the text, each 32 bits in big-endian order, then the text in UTF-8. */
export const spoolFrame = ({ line, events }: SpooledCall): Buffer => {
  const text = line + LINE_END + events;
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeUInt32BE(length, 4);
  frame.write(text, HEADER_BYTES, 'utf8');
  frame.writeUInt32BE(crc32(frame.subarray(HEADER_BYTES)), 8);
  return frame;
};

/** Reads every whole frame, also those behind a broken one. */
export const spoolContent = (bytes: Buffer): SpoolContent => {
  const calls: SpooledCall[] = [];
  let [damagedBytes, endOfLast] = [0, 0];
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const text = textAt(bytes, at);
    if (text === undefined) {
      at = nextMagic(bytes, at + 1);
      continue;
    }
    damagedBytes += at - endOfLast;
    calls.push(callFrom(text));
    endOfLast = at + HEADER_BYTES + text.length;
    at = endOfLast;
  }
  const rest = bytes.subarray(endOfLast);
  return { calls, damagedBytes: damagedBytes + (isTornFrame(rest) ? 0 : rest.length) };
};

/**
 * As a process leaves it that dies while it writes: the beginning of a frame, which was confirmed to nobody. One that
 * is all there with another checksum is damaged: mostly it was confirmed. (Of one that a machine without power was just
 * writing the file system may have kept the length alone. Nobody can tell the two apart.)
 */
const isTornFrame = (rest: Buffer): boolean => {
  if (rest.length < HEADER_BYTES) return startsLikeFrame(rest);
  if (!startsLikeFrame(rest) || HEADER_BYTES + rest.readUInt32BE(4) <= rest.length) return false;
  // Else its text is whole, and it is its length that the disk has changed.
  return crc32(rest.subarray(HEADER_BYTES)) !== rest.readUInt32BE(8);
};

const startsLikeFrame = (rest: Buffer): boolean => {
  const length = Math.min(rest.length, MAGIC_BYTES.length);
  return rest.compare(MAGIC_BYTES, 0, length, 0, length) === 0;
};

/** Undefined when no whole frame begins there. */
const textAt = (bytes: Buffer, at: number): Buffer | undefined => {
  if (bytes.readUInt32BE(at) !== MAGIC) return undefined;
  const start = at + HEADER_BYTES;
  const end = start + bytes.readUInt32BE(at + 4);
  if (end > bytes.length) return undefined;
  const text = bytes.subarray(start, end);
  return crc32(text) === bytes.readUInt32BE(at + 8) ? text : undefined;
};

const MAGIC_BYTES = Buffer.from([0x73, 0x70, 0x6f, 0x6c]);

const nextMagic = (bytes: Buffer, from: number): number => {
  const found = bytes.indexOf(MAGIC_BYTES, from);
  return found === -1 ? bytes.length : found;
};

const callFrom = (bytes: Buffer): SpooledCall => {
  const text = bytes.toString('utf8');
  const end = text.indexOf(LINE_END);
  return { line: text.slice(0, end), events: text.slice(end + 1) };
};
