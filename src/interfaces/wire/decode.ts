import type * as t from 'io-ts';
import type { InputProblem, InvalidInput } from '../../application/input-problem.ts';
import { MOST_PROBLEMS } from '../../domain/shared/first-problems.ts';
import { isRight, left, right, type Either } from '../../domain/shared/fp.ts';
import { pointerStep } from '../../domain/shared/json-pointer.ts';
import type { Codec } from './codecs/codec.ts';

/** All problems of `input` at once: JSON pointers (RFC 6901) and plain sentences, never the values themselves. */
export const decode = <A>(codec: Codec<A>, input: unknown): Either<InvalidInput, A> => {
  const result = codec.decode(input);
  if (isRight(result)) return right(result.right);
  const problems = result.left.slice(0, MOST_PROBLEMS).map(problemOfError);
  const more = result.left.length - problems.length;
  return left({ kind: 'invalid-input', problems, ...(more > 0 && { more }) });
};

/**
 * The first of the problems found in several parts of a request; `more`: the number of further ones that were only
 * counted.
 */
export const firstOf = (all: readonly InputProblem[], more = 0): InvalidInput => {
  const problems = all.slice(0, MOST_PROBLEMS);
  const others = more + all.length - problems.length;
  return { kind: 'invalid-input', problems, ...(others > 0 && { more: others }) };
};

const problemOfError = (error: t.ValidationError): InputProblem => ({
  pointer: error.context
    .slice(1)
    .map(({ key }) => pointerTo(key))
    .join(''),
  detail: error.message ?? 'is not valid',
});

export const pointerTo = (key: string): string => `/${pointerStep(key)}`;
