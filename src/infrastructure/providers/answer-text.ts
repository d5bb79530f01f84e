import { promisify } from 'node:util';
import { brotliDecompress, inflate, inflateRaw, unzip, type ZlibOptions } from 'node:zlib';

/** The codings `textOf` reads, for Accept-Encoding. */
export const READABLE_CODINGS = 'gzip, deflate, br';

type Unpack = (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;

const unzipped: Unpack = promisify(unzip);
const inflated: Unpack = promisify(inflate);
const inflatedRaw: Unpack = promisify(inflateRaw);
const unbrotlied = promisify(brotliDecompress);

const DEFLATE = 8;
/** RFC 1950 wants a header in front of deflate; some servers leave it out. */
const hasZlibHeader = (bytes: Buffer): boolean => ((bytes[0] ?? 0) & 0x0f) === DEFLATE;

const unpackings: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', unzipped],
  ['x-gzip', unzipped],
  ['deflate', (bytes, options) => (hasZlibHeader(bytes) ? inflated : inflatedRaw)(bytes, options)],
  ['br', (bytes, { maxOutputLength }) => unbrotlied(bytes, { maxOutputLength })],
]);

/** Rejects with zlib's error, or ERR_BUFFER_TOO_LARGE when there is more in it than `maxBytes`. */
export const textOf = async (
  bytes: Buffer,
  coding: string | undefined,
  maxBytes: number,
): Promise<string> => {
  const unpack = coding === undefined ? undefined : unpackings.get(coding.trim().toLowerCase());
  const plain =
    unpack === undefined || bytes.length === 0 ? bytes : await unpack(bytes, { maxOutputLength: maxBytes });
  const text = plain.toString();
  // JSON.parse refuses a byte order mark.
  return text.startsWith('\ufeff') ? text.slice(1) : text;
};
