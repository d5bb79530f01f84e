import type * as t from 'io-ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { InputProblem } from '../../application/input-problem.ts';
import type { Codec } from '../wire/codecs/codec.ts';
import { decode } from '../wire/decode.ts';
import type { Exchange } from './exchange.ts';
import { malformed, type Failure } from '../wire/failure.ts';
import { isSmallBody, readBody, type BodyFailure } from './middleware/body-reader.ts';
import { hasOtherTypes, isAccepted, JSON_TYPE } from './middleware/content-type.ts';
import { besideRepeated, jsonOf } from '../wire/json-body.ts';

/** How a route reads its body, and how the OpenAPI document describes it. */
export type BodyRule<B> = {
  readonly codec: t.Mixed | undefined;
  /** Empty: a body is not read. */
  readonly mediaTypes: readonly string[];
  /** A missing body counts as `{}`. */
  readonly isOptional?: boolean;
  readonly understand: (bytes: Buffer) => Either<Failure, B>;
  /**
   * Joins the body with problems found elsewhere in the request, for bodies that the use case judges further: then all
   * problems are reported together.
   */
  beside?(body: B, wrong: readonly InputProblem[]): B;
};

export const jsonBody = <B>(codec: Codec<B>, mediaTypes: readonly string[] = [JSON_TYPE]): BodyRule<B> => ({
  codec,
  mediaTypes,
  understand: (bytes) => {
    const json = jsonOf(bytes);
    return isLeft(json) ? json : besideRepeated(json.right.repeated, decode(codec, json.right.value));
  },
});

/** For a body all of whose fields are optional: it may be missing altogether. */
export const optional = <B>(rule: BodyRule<B>): BodyRule<B> => ({
  ...rule,
  isOptional: true,
  understand: (bytes) => rule.understand(bytes.length === 0 ? EMPTY_OBJECT : bytes),
});
const EMPTY_OBJECT = Buffer.from('{}');

const nothing = right(undefined);
export const noBody: BodyRule<undefined> = { codec: undefined, mediaTypes: [], understand: () => nothing };

export type ArrivingBody = AsyncResult<BodyFailure, Buffer>;

/** Starts to read a small body while the caller is still being authenticated. */
export const arrivingBody = (
  { req, kit }: Exchange,
  { mediaTypes }: Pick<BodyRule<unknown>, 'mediaTypes'>,
): ArrivingBody | undefined =>
  mediaTypes.length > 0 && isSmallBody(req) ? readBody(req, kit.maxBodyBytes) : undefined;

/** The bytes of the body; its media type is checked before its size. */
export const bodyBytes = (
  { req, kit }: Exchange,
  { mediaTypes, isOptional }: Pick<BodyRule<unknown>, 'mediaTypes' | 'isOptional'>,
  arriving: ArrivingBody | undefined,
): AsyncResult<Failure, Buffer> | Either<Failure, Buffer> => {
  if (mediaTypes.length === 0 || (isOptional === true && hasNoBody(req))) return NO_BYTES;
  if (hasOtherTypes(req)) return left(malformed('more than one Content-Type header'));
  return isAccepted(req.headers, mediaTypes)
    ? (arriving ?? readBody(req, kit.maxBodyBytes))
    : left({ kind: 'unsupported-media-type', accepted: mediaTypes, isPatch: req.method === 'PATCH' });
};

const hasNoBody = ({ headers }: Exchange['req']): boolean =>
  headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';

const NO_BYTES = right(Buffer.alloc(0));
