import type { Clock } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

type Deps = { readonly unitOfWork: UnitOfWork; readonly clock: Clock; readonly tokensChanged: () => void };

/** Revokes a service token with immediate effect. */
export const revokeToken =
  ({
    unitOfWork,
    clock,
    tokensChanged,
  }: Deps): TransactionalHandler<{ readonly id: string }, void, NotFound> =>
  async (ctx, { id }, once) => {
    const outcome = await onceInTransaction<NotFound, void>(unitOfWork, ctx, once, async (tx) =>
      (await tx.tokens.revoke(id, clock.now())) ? right(undefined) : left(notFound('token')),
    );
    tokensChanged();
    return outcome;
  };
