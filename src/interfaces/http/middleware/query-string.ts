import { invalidInput, type InputProblem, type InvalidInput } from '../../../application/input-problem.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import { nameOfStep } from '../../../domain/shared/json-pointer.ts';
import type { Codec } from '../../wire/codecs/codec.ts';
import { decode, firstOf, pointerTo } from '../../wire/decode.ts';
import { malformed, type Malformed } from '../../wire/failure.ts';

export type QueryFailure = Malformed | InvalidInput;

/**
 * Parses and decodes the query of a request target; every unknown, repeated or unreadable parameter is named. The codec
 * gets a repeated parameter as a list of all its values: since no parameter is a list, later checks can recognise it.
 */
export const queryOf = <A>(target: string, codec: Codec<A>): Either<QueryFailure, A> => {
  const start = target.indexOf('?');
  const parameters = start < 0 ? NO_PARAMETERS : parametersIn(target.slice(start + 1));
  if (isLeft(parameters)) return parameters;
  const query = decode(codec, parameters.right);
  if (!isLeft(query)) return query;
  const others = decode(codec, onceIn(parameters.right));
  const { problems, more } = isLeft(others) ? others.left : invalidInput();
  return left(firstOf([...repeatedIn(parameters.right), ...problems].map(asParameter), more));
};

/** A problem for each parameter given more than once. */
export const repeatedIn = (query: Parameters): readonly InputProblem[] =>
  Object.keys(query)
    .filter((name) => Array.isArray(query[name]))
    .map((name) => ({ pointer: pointerTo(name), detail: 'given more than once' }));

/** The parameters given once; nothing else is reported about repeated ones. */
export const onceIn = (query: Parameters): Parameters =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => !Array.isArray(value)));

const asParameter = (problem: InputProblem): InputProblem => ({
  ...problem,
  parameter: nameOfStep(problem.pointer.slice(1)),
});

type Parameters = { readonly [name: string]: unknown };
const NO_PARAMETERS: Either<never, Parameters> = right({});

const parametersIn = (text: string): Either<QueryFailure, Parameters> => {
  const values = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined)
      return left(malformed('the query is not valid percent-encoded UTF-8'));
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return right(Object.fromEntries([...values].map(([name, all]) => [name, all.length > 1 ? all : all[0]])));
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};
