import type { AsyncResult } from '../domain/shared/fp.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';

/**
 * The shape of one use case: context first, then the input. Expected failures are returned on the left; bugs and lost
 * dependencies are thrown.
 */
export type Handler<Query, Answer, Failure = never> = (
  ctx: TenantContext,
  query: Query,
) => AsyncResult<Failure, Answer>;
