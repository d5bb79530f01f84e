import { answeredSoon, type Limit } from './answered-soon.ts';

/**
 * Asks for those who must not wait: undefined when the question fails or is not answered soon. While one question is
 * open there is no other, or those that nobody waits for any more would take up every connection.
 */
export const askedInTime = <A>(ask: () => Promise<A>, limit: Limit): (() => Promise<A | undefined>) => {
  let open: Promise<A> | undefined;
  const answer = async (): Promise<A> => {
    try {
      return await ask();
    } finally {
      open = undefined;
    }
  };
  return () => answeredSoon(() => (open ??= answer()), limit);
};
