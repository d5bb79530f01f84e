import { crc32 } from 'node:zlib';
import { LINE_END } from '../postgres/trail/call-line.ts';

/** A call as the spool keeps it: the arguments of `append_calls`, already redacted. */
export type SpooledCall = { readonly line: string; readonly events: string };

export type SpoolContent = {
  readonly calls: readonly SpooledCall[];
  /**
   * Bytes that belong to no complete frame, which shows that the disk lost something. A torn frame at the end does not
   * count.
   */
  readonly damagedBytes: number;
};

/** "spol": marks where a frame begins, so that reading can resume after a damaged one. */
const MAGIC = 0x73_70_6f_6c;
const HEADER_BYTES = 12;

/** Magic, length of the text, CRC-32 of the text, each 32 bits big-endian, then the text in UTF-8. */
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

/** Reads every complete frame, also those after a damaged one. */
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
 * A torn frame is what a process leaves that dies while writing: the beginning of a frame that was confirmed to nobody.
 * A frame of full length with a wrong checksum is damaged, and probably was confirmed. (After a power loss the file
 * system may have kept only the length of the frame being written; the two cases cannot be told apart.)
 */
const isTornFrame = (rest: Buffer): boolean => {
  if (rest.length < HEADER_BYTES) return startsLikeFrame(rest);
  if (!startsLikeFrame(rest) || HEADER_BYTES + rest.readUInt32BE(4) <= rest.length) return false;
  // If the checksum is right, the text is complete, and it is the length field that was damaged.
  return crc32(rest.subarray(HEADER_BYTES)) !== rest.readUInt32BE(8);
};

const startsLikeFrame = (rest: Buffer): boolean => {
  const length = Math.min(rest.length, MAGIC_BYTES.length);
  return rest.compare(MAGIC_BYTES, 0, length, 0, length) === 0;
};

/** Undefined when no complete frame begins there. */
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
