import type { TransactionClaim } from '../domain/idempotency/kept-answers.ts';
import type { KeyedRequest } from '../domain/idempotency/idempotency-keys.ts';
import { isLeft, left, type AsyncResult } from '../domain/shared/fp.ts';
import type { Json } from '../domain/shared/json.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';
import type { IdempotencyRefused } from './once-only.ts';
import type { Transaction, UnitOfWork } from './unit-of-work.ts';

/** A write as its caller names it, and its answer as that caller is shown it: so a repeat gets it. */
export type OnceKept<Answer> = KeyedRequest & { readonly shown: (answer: Answer) => Json };

/** Nothing was done now: it was before, and this is what was shown. */
export type DoneBefore = { readonly kind: 'done-before'; readonly answer: Json };
export type NotDone = IdempotencyRefused | DoneBefore;

/** A command whose whole effect is one transaction; without `once` it just runs. */
export type TransactionalHandler<Query, Answer, Failure = never> = (
  ctx: TenantContext,
  query: Query,
  once?: OnceKept<Answer>,
) => AsyncResult<Failure | NotDone, Answer>;

/**
 * A unit of work that happens once for each key: the key is claimed before `work`, and the answer kept after it, in
 * the same transaction. Left or thrown, all of it is undone, so a key is as free as before and may be used for the
 * request that was mended. What has to happen outside the database is no part of such work: that is `onceOnly`.
 */
export const onceInTransaction = <E, A>(
  unitOfWork: UnitOfWork,
  ctx: TenantContext,
  once: OnceKept<A> | undefined,
  work: (tx: Transaction) => AsyncResult<E, A>,
): AsyncResult<E | NotDone, A> =>
  once === undefined
    ? unitOfWork.run<E | NotDone, A>(ctx, work)
    : unitOfWork.run<E | NotDone, A>(ctx, async (tx) => {
        const claim = await tx.keys.claim(once);
        if (claim.kind !== 'claimed') return left(notDone(claim));
        const outcome = await work(tx);
        if (!isLeft(outcome)) await tx.keys.finish(once, once.shown(outcome.right));
        return outcome;
      });

const notDone = (claim: Exclude<TransactionClaim, { readonly kind: 'claimed' }>): NotDone => {
  switch (claim.kind) {
    case 'finished':
      return { kind: 'done-before', answer: claim.answer };
    case 'running':
      return { kind: 'idempotency-in-progress', retryAfterMs: claim.retryAfterMs };
    case 'mismatch':
      return { kind: 'idempotency-mismatch' };
  }
};
