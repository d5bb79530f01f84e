import { onceOnly } from '../../src/application/once-only.ts';
import type { Clock } from '../../src/domain/shared/clock.ts';
import { memoryIdempotencyKeys } from './memory-idempotency-keys.ts';

/** Commands done once for a key, on memory. None lasts until its first sign of life. */
export const memoryOnce = (clock: Pick<Clock, 'now'>): ReturnType<typeof onceOnly> =>
  onceOnly({
    keys: memoryIdempotencyKeys(clock),
    sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
    renewEveryMs: 5_000,
    onNotKept: (error) => {
      throw error;
    },
  });
