import type { Sleep } from '../../domain/shared/clock.ts';

/** Milliseconds. A scrape has ten seconds, and the primary of several workers waits one for each of them. */
const PATIENCE_MS = 500;

/**
 * Asks for the metrics' sake: undefined when the question fails or is not answered soon, since a scrape that hangs
 * looks like a replica that is gone. While one question is open there is no other.
 */
export const askedInTime = <A>(ask: () => Promise<A>, sleep: Sleep): (() => Promise<A | undefined>) => {
  let open: Promise<A | undefined> | undefined;
  const answer = async (): Promise<A | undefined> => {
    try {
      return await ask();
    } catch {
      return undefined;
    } finally {
      open = undefined;
    }
  };
  return async () => {
    const answered = new AbortController();
    const late = sleep(PATIENCE_MS, answered.signal).then(() => undefined);
    const first = await Promise.race([(open ??= answer()), late]);
    answered.abort();
    return first;
  };
};
