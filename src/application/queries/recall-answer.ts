import type { KeyedRequest } from '../../domain/idempotency/idempotency-keys.ts';
import type { KeptAnswers } from '../../domain/idempotency/kept-answers.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Json } from '../../domain/shared/json.ts';
import type { Handler } from '../handler.ts';
import type { IdempotencyRefused } from '../once-only.ts';

/**
 * The answer given to an earlier request with the same idempotency key; undefined when the write is not done yet. Must
 * be asked before checks that the write itself would fail afterwards, such as `If-Match` with the version it has
 * changed.
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
