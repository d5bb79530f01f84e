import type * as t from 'io-ts';
import { isLeft, left, mapLeft, right, type Either } from '../../domain/shared/fp.ts';
import type { InputProblem, InvalidInput } from '../../application/input-problem.ts';
import { jsonBody, type BodyRule } from './body-rule.ts';
import { codecOf, type Codec } from './codecs/codec.ts';
import { isJsonObject } from './codecs/object-codec.ts';
import { decode } from './decode.ts';
import type { PathParameters } from './exchange.ts';
import type { EdgeFailure } from './failure.ts';

type Members = { readonly [name: string]: unknown };
type InvalidQuery = Extract<EdgeFailure, { readonly kind: 'invalid-query' }>;

/** Documented as `described`, and decoded later, together with what stands in the path. */
export const anyMembers = (described: t.Mixed): Codec<Members> =>
  codecOf<Members>(
    (input, context) => membersOf.validate(input, context),
    (describe) => describe(described),
  );
const membersOf: Codec<Members> = codecOf<Members>(
  (input, context) =>
    isJsonObject(input) ? right(input) : left([{ value: input, context, message: 'must be an object' }]),
  () => ({ type: 'object' }),
);

export const laterBody = (described: t.Mixed): BodyRule<Members> => ({
  ...jsonBody(anyMembers(described)),
  codec: described,
});

/** A request with its path, as one value: everything that is wrong with either is told at once. */
export const withPath = <A>(
  codec: Codec<A>,
  params: PathParameters,
  members: Members,
): Either<InvalidInput, A> => {
  const decoded = decode(codec, { ...members, ...params });
  const doubled = Object.keys(params).filter((name) => Object.hasOwn(members, name));
  if (doubled.length === 0) return decoded;
  const problems: readonly InputProblem[] = doubled.map((name) => ({
    pointer: `/${name}`,
    detail: 'stands in the path already',
  }));
  return left({
    kind: 'invalid-input',
    problems: isLeft(decoded) ? [...problems, ...decoded.left.problems] : problems,
  });
};

/** The same for what is asked by path and query alone. */
export const withPathAndQuery = <A>(
  codec: Codec<A>,
  params: PathParameters,
  query: Members,
): Either<InvalidQuery, A> =>
  mapLeft(({ problems }: InvalidInput): InvalidQuery => ({ kind: 'invalid-query', problems }))(
    withPath(codec, params, query),
  );
