import { answeredSoon, type Limit } from './answered-soon.ts';

/**
 * Asks for callers that must not wait: undefined when the question fails or is not answered soon. There is one question
 * at a time, since those nobody waits for any more could otherwise occupy every connection.
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
