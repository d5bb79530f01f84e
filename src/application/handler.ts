import type { AsyncResult } from '../domain/shared/fp.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';

/** One use case: context first, then what is asked; expected failures on the left, surprises thrown. */
export type Handler<Query, Answer, Failure = never> = (
  ctx: TenantContext,
  query: Query,
) => AsyncResult<Failure, Answer>;
