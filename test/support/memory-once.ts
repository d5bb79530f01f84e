import { onceOnly } from '../../src/application/once-only.ts';
import type { Clock } from '../../src/domain/shared/clock.ts';
import { memoryIdempotencyKeys } from './memory-idempotency-keys.ts';

/** Runs commands once for each key, in memory. No command lasts until its first lease renewal. */
export const memoryOnce = (clock: Pick<Clock, 'now'>): ReturnType<typeof onceOnly> =>
  onceOnly({
    keys: memoryIdempotencyKeys(clock),
    sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
    renewEveryMs: 5_000,
    onNotKept: (error) => {
      throw error;
    },
  });
