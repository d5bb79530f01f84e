import { right } from '../../domain/shared/fp.ts';
import type { InvalidationScope } from '../../domain/cache/cache-store.ts';
import type { NotFound } from '../not-found.ts';
import type { AnswerCodec, OnceSpec } from '../once-only.ts';

const nothing: AnswerCodec<void> = { encode: () => null, decode: () => right(undefined) };

/** Purging is idempotent, so a takeover simply repeats it. */
const mayHaveWritten = (): boolean => false;

export const removeCacheEntryOnce: OnceSpec<{ readonly key: string }, void, NotFound> = {
  operation: 'cache_remove_entry',
  asked: ({ key }) => ({ key }),
  codec: nothing,
  mayHaveWritten,
};

export const invalidateCacheOnce: OnceSpec<InvalidationScope, void, never> = {
  operation: 'cache_invalidate',
  asked: ({ serviceName = null, operation = null, tag = null }) => ({ serviceName, operation, tag }),
  codec: nothing,
  mayHaveWritten,
};
