import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isUtf8 } from 'node:buffer';
import { isLeft, left, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import type { EdgeFailure } from '../failure.ts';
import { readBody } from './body-reader.ts';

export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

const MOST_LEVELS = 64;

type JsonBodyFailure = Extract<
  EdgeFailure,
  { readonly kind: 'unsupported-media-type' | 'too-large' | 'malformed-request' }
>;
const malformed = (detail: string): JsonBodyFailure => ({ kind: 'malformed-request', detail });

/** The JSON value of the body, given to `decode`: media type, then size, then bytes, then grammar, then depth. */
export const readJson = <E, A>(
  req: IncomingMessage,
  accepted: readonly string[],
  limitBytes: number,
  decode: (value: unknown) => Either<E, A>,
): AsyncResult<E | JsonBodyFailure, A> =>
  isAccepted(req.headers, accepted)
    ? readBody<E | JsonBodyFailure, A>(req, limitBytes, (body) => {
        const value = parsed(body);
        return isLeft(value) ? value : decode(value.right);
      })
    : Promise.resolve(left({ kind: 'unsupported-media-type', accepted }));

/** Parameters other than `charset=utf-8` change nothing in JSON and are ignored, as RFC 8259 says. */
const isAccepted = (headers: IncomingHttpHeaders, accepted: readonly string[]): boolean => {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false;
  if (accepted.includes(type)) return true;
  const [name = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return accepted.includes(name.trim()) && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
};

const parsed = (body: Buffer): Either<JsonBodyFailure, unknown> => {
  if (body.length === 0) return left(malformed('the body is empty'));
  if (!isUtf8(body)) return left(malformed('the body is not valid UTF-8'));
  const value = jsonIn(body.toString('utf8'));
  if (value === undefined) return left(malformed('the body is not valid JSON'));
  return isDeeperThan(value, MOST_LEVELS)
    ? left(malformed(`the body is nested deeper than ${MOST_LEVELS} levels`))
    : right(value);
};

/** V8's parser does not recurse, so depth cannot overflow its stack; what walks the value afterwards could. */
const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isDeeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeeperThan(inner, levels - 1));
  for (const key in value) if (isDeeperThan(Reflect.get(value, key), levels - 1)) return true;
  return false;
};
