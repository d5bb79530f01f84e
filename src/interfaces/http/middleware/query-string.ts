import { together, type InputProblem, type InvalidInput } from '../../../application/input-problem.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import { nameOfStep } from '../../../domain/shared/json-pointer.ts';
import type { Codec } from '../../wire/codecs/codec.ts';
import { decode, pointerTo } from '../../wire/decode.ts';
import { malformed, type Malformed } from '../../wire/failure.ts';

export type QueryFailure = Malformed | InvalidInput;

/** Reads and decodes the query of a request target; every unknown, repeated or unreadable parameter is named. */
export const queryOf = <A>(target: string, codec: Codec<A>): Either<QueryFailure, A> => {
  const start = target.indexOf('?');
  const parameters = start < 0 ? NO_PARAMETERS : parametersIn(target.slice(start + 1));
  if (isLeft(parameters)) return parameters;
  const { values, repeated } = parameters.right;
  const query = decode(codec, values);
  const problems = isLeft(query) ? together(repeated, query.left.problems) : repeated;
  return isLeft(query) || repeated.length > 0
    ? left({ kind: 'invalid-input', problems: problems.map(asParameter) })
    : query;
};

const asParameter = (problem: InputProblem): InputProblem => ({
  ...problem,
  parameter: nameOfStep(problem.pointer.slice(1)),
});

type Parameters = {
  readonly values: { readonly [name: string]: string };
  readonly repeated: readonly InputProblem[];
};
const NO_PARAMETERS: Either<never, Parameters> = right({ values: {}, repeated: [] });

const parametersIn = (text: string): Either<QueryFailure, Parameters> => {
  const values = new Map<string, string>();
  const repeated = new Map<string, InputProblem>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined)
      return left(malformed('the query is not valid percent-encoded UTF-8'));
    if (values.has(name)) repeated.set(name, { pointer: pointerTo(name), detail: 'given more than once' });
    values.set(name, value);
  }
  return right({ values: Object.fromEntries(values), repeated: [...repeated.values()] });
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};
