import { left, right, type Either } from './fp.ts';
import { jsonIn } from './json.ts';
import { isUuid } from './uuid.ts';

/**
 * Position of the last row of a page (keyset pagination): lists run newest first by (time, id). `at` is in whole epoch
 * milliseconds.
 */
export type CursorPosition = { readonly at: number; readonly id: string };
export type CursorMalformed = { readonly kind: 'cursor-malformed' };

/** The end of the year 9999, the last that RFC 3339 can express. */
const MAX_TIME = 253_402_300_799_999;

/** Opaque to callers: base64url of `[at, id]`. */
export const encodeCursor = ({ at, id }: CursorPosition): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

export const decodeCursor = (text: string): Either<CursorMalformed, CursorPosition> => {
  const position = positionOf(text);
  // Node reads base64url leniently: only the one spelling made here is taken.
  return position === undefined || encodeCursor(position) !== text
    ? left({ kind: 'cursor-malformed' })
    : right(position);
};

const positionOf = (text: string): CursorPosition | undefined => {
  const value = jsonIn(Buffer.from(text, 'base64url').toString('utf8'));
  if (!Array.isArray(value)) return undefined;
  const [at, id]: readonly unknown[] = value;
  if (typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at > MAX_TIME) return undefined;
  return typeof id === 'string' && isUuid(id) ? { at, id } : undefined;
};
