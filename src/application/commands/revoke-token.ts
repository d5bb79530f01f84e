import type { Clock } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

type Deps = { readonly unitOfWork: UnitOfWork; readonly clock: Clock; readonly tokensChanged: () => void };

/** Ends a service token at once. */
export const revokeToken =
  ({ unitOfWork, clock, tokensChanged }: Deps): Handler<{ readonly id: string }, void, NotFound> =>
  async (ctx, { id }) => {
    const outcome = await unitOfWork.run<NotFound, void>(ctx, async (tx) =>
      (await tx.tokens.revoke(id, clock.now())) ? right(undefined) : left(notFound('token')),
    );
    tokensChanged();
    return outcome;
  };
