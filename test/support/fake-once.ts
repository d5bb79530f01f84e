import type { TransactionalHandler } from '../../src/application/once-in-transaction.ts';
import type { Handler } from '../../src/application/handler.ts';
import type { KeyedRequest } from '../../src/domain/idempotency/idempotency-keys.ts';
import type { KeptAnswers, KnownAnswer } from '../../src/domain/idempotency/kept-answers.ts';
import { isLeft, left } from '../../src/domain/shared/fp.ts';
import type { Json } from '../../src/domain/shared/json.ts';

type Kept = { readonly fingerprint: string; readonly answer: Json };

export const placeOf = (tenant: string, { key }: Pick<KeyedRequest, 'key'>): string => `${tenant} ${key}`;

export const answerFrom = (
  kept: ReadonlyMap<string, Kept>,
  tenant: string,
  request: KeyedRequest,
): KnownAnswer => {
  const known = kept.get(placeOf(tenant, request));
  if (known === undefined) return { kind: 'unknown' };
  return known.fingerprint === request.fingerprint
    ? { kind: 'finished', answer: known.answer }
    : { kind: 'mismatch' };
};

/** Lets fake commands honour idempotency keys, as the unit of work does for the real ones. */
export const fakeOnce = () => {
  const kept = new Map<string, Kept>();
  const answers: KeptAnswers = { find: async (tenant, request) => answerFrom(kept, tenant, request) };
  const once =
    <Q, A, F>(run: Handler<Q, A, F>): TransactionalHandler<Q, A, F> =>
    async (ctx, query, asked) => {
      if (asked === undefined) return run(ctx, query);
      const known = answerFrom(kept, ctx.tenantId, asked);
      if (known.kind === 'mismatch') return left({ kind: 'idempotency-mismatch' });
      if (known.kind === 'finished') return left({ kind: 'done-before', answer: known.answer });
      const done = await run(ctx, query);
      if (!isLeft(done))
        kept.set(placeOf(ctx.tenantId, asked), {
          fingerprint: asked.fingerprint,
          answer: asked.shown(done.right),
        });
      return done;
    };
  return { answers, once };
};
export type FakeOnce = ReturnType<typeof fakeOnce>;
