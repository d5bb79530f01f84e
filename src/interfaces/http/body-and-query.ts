import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import type { InputProblem } from '../../application/input-problem.ts';
import type { Failure } from '../wire/failure.ts';
import type { BodyRule } from './body-rule.ts';
import type { QueryFailure } from './middleware/query-string.ts';

type Both<B, Q> = { readonly body: B; readonly query: Q };

/** Both, or all that is wrong with either. What cannot be read at all is told alone. */
export const bodyAndQuery = <B, Q>(
  rule: Pick<BodyRule<B>, 'wrongIn'>,
  body: Either<Failure, B>,
  query: Either<QueryFailure, Q>,
): Either<Failure, Both<B, Q>> => {
  if (!isLeft(query)) return isLeft(body) ? body : right({ body: body.right, query: query.right });
  const inBody = isLeft(body) ? problemsOf(body.left) : (rule.wrongIn?.(body.right) ?? []);
  const inQuery = problemsOf(query.left);
  if (inBody !== undefined && inQuery !== undefined)
    return left({ kind: 'invalid-input', problems: [...inBody, ...inQuery] });
  return isLeft(body) ? body : query;
};

const problemsOf = (failure: Failure): readonly InputProblem[] | undefined =>
  failure.kind === 'invalid-input' ? failure.problems : undefined;
