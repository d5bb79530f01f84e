import { isUtf8 } from 'node:buffer';
import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  createBrotliDecompress,
  createInflate,
  createInflateRaw,
  createUnzip,
  inflate,
  inflateRaw,
  unzip,
  type ZlibOptions,
} from 'node:zlib';
import { NO_ROOM } from './exchange.ts';

/** The content codings that `textOf` reads, for Accept-Encoding. */
export const READABLE_CODINGS = 'gzip, deflate, br';

type Unpack = (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;

const unzipped: Unpack = promisify(unzip);
const inflated: Unpack = promisify(inflate);
const inflatedRaw: Unpack = promisify(inflateRaw);
const unbrotlied = promisify(brotliDecompress);

const DEFLATE = 8;
/** RFC 1950 requires a header before deflate data; some servers leave it out. */
const hasZlibHeader = (bytes: Buffer): boolean => ((bytes[0] ?? 0) & 0x0f) === DEFLATE;

const unpackings: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', unzipped],
  ['x-gzip', unzipped],
  ['deflate', (bytes, options) => (hasZlibHeader(bytes) ? inflated : inflatedRaw)(bytes, options)],
  ['br', (bytes, { maxOutputLength }) => unbrotlied(bytes, { maxOutputLength })],
]);

/** The same codings as streams. */
const unpackers = new Map<string, (bytes: Buffer) => Transform>([
  ['gzip', () => createUnzip()],
  ['x-gzip', () => createUnzip()],
  ['deflate', (bytes) => (hasZlibHeader(bytes) ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
]);

export type UnpackLimits = {
  readonly maxBytes: number;
  /** False if there is no room for so many more bytes. Undefined: no limit. */
  readonly mayHold: ((bytes: number) => boolean) | undefined;
};

/**
 * Rejects with zlib's error, with ERR_BUFFER_TOO_LARGE if the content exceeds `maxBytes`, or with `NO_ROOM`. What is
 * not UTF-8 is not JSON (RFC 8259, 8.1), whatever the charset says, and reads as empty: no place gets a name with
 * U+FFFD.
 */
export const textOf = async (
  bytes: Buffer,
  coding: string | undefined,
  { maxBytes, mayHold }: UnpackLimits,
): Promise<string> => {
  const name = coding?.trim().toLowerCase() ?? '';
  const unpack = bytes.length === 0 ? undefined : unpackings.get(name);
  const unpacker = bytes.length === 0 || mayHold === undefined ? undefined : unpackers.get(name);
  const plain =
    unpacker !== undefined && mayHold !== undefined
      ? await unpackedInSight(unpacker(bytes), bytes, { maxBytes, mayHold })
      : ((await unpack?.(bytes, { maxOutputLength: maxBytes })) ?? bytes);
  const text = isUtf8(plain) ? plain.toString() : '';
  // JSON.parse refuses a byte order mark.
  return text.startsWith('\ufeff') ? text.slice(1) : text;
};

/** A few bytes may decompress to a thousand times as many, so room is requested for each piece before it is kept. */
const unpackedInSight = async (
  unpacker: Transform,
  bytes: Buffer,
  { maxBytes, mayHold }: { readonly maxBytes: number; readonly mayHold: (bytes: number) => boolean },
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  unpacker.end(bytes);
  for await (const chunk of unpacker as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw coded('ERR_BUFFER_TOO_LARGE');
    if (!mayHold(chunk.length)) throw coded(NO_ROOM);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const coded = (code: string): Error => Object.assign(new Error('an answer that was given up'), { code });
