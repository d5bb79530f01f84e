import type { IncomingHttpHeaders } from 'node:http';
import {
  idempotencyKey,
  LONGEST_IDEMPOTENCY_KEY,
  type IdempotencyKey,
} from '../../../domain/idempotency/idempotency-key.ts';
import { left, mapLeft, right, type Either } from '../../../domain/shared/fp.ts';
import { malformed, type Malformed } from '../../wire/failure.ts';
import type { FlatHeaders } from '../../wire/reply.ts';

const noKey = malformed(
  `Idempotency-Key must be sent once, 1 to ${LONGEST_IDEMPOTENCY_KEY} printable ASCII characters without spaces`,
);

/** Undefined without the header. Two headers arrive joined by ", ", which is not a valid key. */
export const idempotencyKeyOf = (
  headers: IncomingHttpHeaders,
): Either<Malformed, IdempotencyKey | undefined> => {
  const header = headers['idempotency-key'];
  if (header === undefined) return right(undefined);
  return typeof header === 'string' ? mapLeft(() => noKey)(idempotencyKey(header)) : left(noKey);
};

/** Tells the caller that the answer was replayed and nothing was done. */
export const replayedHeaders = ({ replayed }: { readonly replayed: boolean }): FlatHeaders =>
  replayed ? ['Idempotency-Replayed', 'true'] : [];
