import type { Sleep } from '../../domain/shared/clock.ts';

type Limit = { readonly sleep: Sleep; readonly withinMs: number };

/**
 * Asks for those who must not wait: undefined when the question fails or is not answered soon. While one question is
 * open there is no other, or those that nobody waits for any more would take up every connection.
 */
export const askedInTime = <A>(
  ask: () => Promise<A>,
  { sleep, withinMs }: Limit,
): (() => Promise<A | undefined>) => {
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
    const late = sleep(withinMs, answered.signal).then(() => undefined);
    const first = await Promise.race([(open ??= answer()), late]);
    answered.abort();
    return first;
  };
};
