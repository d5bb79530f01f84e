import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { isLeft, type Either } from '../../../domain/shared/fp.ts';
import type { SheetsAsker } from './sheets-asker.ts';

type Deps = { readonly asker: SheetsAsker; readonly clock: Pick<Clock, 'monotonic'>; readonly sleep: Sleep };

/**
 * Milliseconds before each further attempt: a lost connection is over at once, and a server being replaced is gone for
 * a moment.
 */
const PAUSES_MS = [0, 50, 200, 800];

/**
 * Repeats failed reads within their time, soon or when the provider allows it. For reads that find out what became of
 * rows: if one of them fails for good, it will never be known where the rows are. Writes are sent once, here as
 * everywhere.
 */
export const persistentAsker = ({ asker, clock, sleep }: Deps): SheetsAsker => ({
  prepare: asker.prepare,
  ask: async (access, question) => {
    const endAt = clock.monotonic() + access.timeoutMs;
    for (let failed = 0; ; failed += 1) {
      const answer = await asker.ask({ ...access, timeoutMs: endAt - clock.monotonic() }, question);
      const waitMs = question.kind === 'read' ? againAfter(answer, PAUSES_MS[failed]) : undefined;
      if (waitMs === undefined || clock.monotonic() + waitMs >= endAt) return answer;
      await sleep(waitMs, access.signal);
    }
  },
});

/** Milliseconds; undefined: no further attempt. */
const againAfter = (
  answer: Either<ProviderError, unknown>,
  pauseMs: number | undefined,
): number | undefined =>
  pauseMs !== undefined && isLeft(answer) && answer.left.kind === 'provider-unavailable'
    ? (answer.left.retryAfterMs ?? pauseMs)
    : undefined;
