import type { TransactionClaim } from '../domain/idempotency/kept-answers.ts';
import type { KeyedRequest } from '../domain/idempotency/idempotency-keys.ts';
import { isLeft, left, type AsyncResult } from '../domain/shared/fp.ts';
import type { Json } from '../domain/shared/json.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';
import type { IdempotencyRefused } from './once-only.ts';
import type { Transaction, UnitOfWork } from './unit-of-work.ts';

/** A keyed write, and how to render its answer as the caller will see it, which is what a repeat gets. */
export type OnceKept<Answer> = KeyedRequest & { readonly shown: (answer: Answer) => Json };

/** Nothing was done now: the key's write was done before, and this is the answer that was given then. */
export type DoneBefore = { readonly kind: 'done-before'; readonly answer: Json };
export type NotDone = IdempotencyRefused | DoneBefore;

/** A command whose whole effect is one transaction. Without `once` it runs without an idempotency key. */
export type TransactionalHandler<Query, Answer, Failure = never> = (
  ctx: TenantContext,
  query: Query,
  once?: OnceKept<Answer>,
) => AsyncResult<Failure | NotDone, Answer>;

/**
 * Runs a unit of work at most once per idempotency key. Claiming the key, the work and storing the answer are one
 * transaction: on left or throw all of it is rolled back, so the key is free again for a corrected request. For effects
 * outside the database there is `onceOnly`.
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
