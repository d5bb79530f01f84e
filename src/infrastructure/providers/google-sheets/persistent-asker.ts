import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import type { SheetsAsker } from './sheets-asker.ts';

type Deps = { readonly asker: SheetsAsker; readonly clock: Pick<Clock, 'monotonic'> };

const MOST_TRIES = 3;

/**
 * Asks reads that failed again, at once and within their time. For those that tell what became of rows: when one of
 * them stays unanswered, it is never known where the rows stand. Writes are sent once, here as everywhere.
 */
export const persistentAsker = ({ asker, clock }: Deps): SheetsAsker => ({
  prepare: asker.prepare,
  ask: async (access, question) => {
    const endAt = clock.monotonic() + access.timeoutMs;
    for (let tries = 1; ; tries += 1) {
      const answer = await asker.ask({ ...access, timeoutMs: endAt - clock.monotonic() }, question);
      const isWorthIt =
        isLeft(answer) && answer.left.kind === 'provider-unavailable' && question.kind === 'read';
      if (!isWorthIt || tries === MOST_TRIES || clock.monotonic() >= endAt) return answer;
    }
  },
});
