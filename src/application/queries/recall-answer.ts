import type { KeyedRequest } from '../../domain/idempotency/idempotency-keys.ts';
import type { KeptAnswers } from '../../domain/idempotency/kept-answers.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Json } from '../../domain/shared/json.ts';
import type { Handler } from '../handler.ts';
import type { IdempotencyRefused } from '../once-only.ts';

/**
 * The answer that an earlier request of this write was given; undefined: it is not done yet. Asked before anything that
 * the write itself has changed, such as the version that `If-Match` names.
 */
export const recallAnswer =
  ({
    answers,
  }: {
    readonly answers: KeptAnswers;
  }): Handler<KeyedRequest, Json | undefined, IdempotencyRefused> =>
  async ({ tenantId }, request) => {
    const known = await answers.find(tenantId, request);
    if (known.kind === 'mismatch') return left({ kind: 'idempotency-mismatch' });
    return right(known.kind === 'finished' ? known.answer : undefined);
  };
