import { isLeft, isRight, left, right, type Either } from '../../domain/shared/fp.ts';
import { invalidInput, type InvalidInput } from '../../application/input-problem.ts';
import type { Failure } from '../wire/failure.ts';
import type { BodyRule } from './body-rule.ts';
import type { QueryFailure } from './middleware/query-string.ts';

type Both<B, Q> = { readonly body: B; readonly query: Q };

/**
 * Both parts, or all problems of either; a part that cannot be parsed at all is reported alone. If the use case judges
 * the body further, problems of the query are passed along with it, and `unsaid` replaces the query, whose values no
 * longer matter.
 */
export const bodyAndQuery = <B, Q>(
  rule: Pick<BodyRule<B>, 'beside'>,
  body: Either<Failure, B>,
  query: Either<QueryFailure, Q>,
  unsaid: Either<unknown, Q>,
): Either<Failure, Both<B, Q>> => {
  if (!isLeft(query)) return isLeft(body) ? body : right({ body: body.right, query: query.right });
  const inQuery = problemsOf(query.left);
  if (inQuery !== undefined && isRight(body) && rule.beside !== undefined && isRight(unsaid))
    return right({ body: rule.beside(body.right, inQuery.problems), query: unsaid.right });
  const inBody = isLeft(body) ? problemsOf(body.left) : invalidInput();
  if (inBody !== undefined && inQuery !== undefined)
    return left({
      kind: 'invalid-input',
      problems: [...inBody.problems, ...inQuery.problems],
      more: (inBody.more ?? 0) + (inQuery.more ?? 0),
    });
  return isLeft(body) ? body : query;
};

const problemsOf = (failure: Failure): InvalidInput | undefined =>
  failure.kind === 'invalid-input' ? failure : undefined;
