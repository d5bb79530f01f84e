import type { InvalidInput } from '../../../application/input-problem.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import type { Codec } from '../codecs/codec.ts';
import { decode, pointerTo } from '../decode.ts';
import type { EdgeFailure } from '../failure.ts';

type QueryFailure = Extract<EdgeFailure, { readonly kind: 'malformed-request' | 'invalid-query' }>;

/** Reads and decodes the query of a request target; every unknown, repeated or unreadable parameter is named. */
export const queryOf = <A>(target: string, codec: Codec<A>): Either<QueryFailure, A> => {
  const start = target.indexOf('?');
  const parameters = start < 0 ? right({}) : parametersIn(target.slice(start + 1));
  if (isLeft(parameters)) return parameters;
  const query = decode(codec, parameters.right);
  return isLeft(query) ? left({ kind: 'invalid-query', problems: query.left.problems }) : query;
};

const parametersIn = (text: string): Either<QueryFailure, { readonly [name: string]: string }> => {
  const parameters = new Map<string, string>();
  const repeated: InvalidInput['problems'][number][] = [];
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined)
      return left({ kind: 'malformed-request', detail: 'the query is not valid percent-encoded UTF-8' });
    if (parameters.has(name)) repeated.push({ pointer: pointerTo(name), detail: 'given more than once' });
    parameters.set(name, value);
  }
  return repeated.length > 0
    ? left({ kind: 'invalid-query', problems: repeated })
    : right(Object.fromEntries(parameters));
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};
