import type { Sleep } from '../../domain/shared/clock.ts';

type Limit = {
  readonly sleep: Sleep;
  readonly withinMs: number;
  /** What is said when it was not in time. */
  readonly otherwise: string;
};

/** What the work comes to, or a rejection when it takes too long; what it comes to after that, nobody hears. */
export const inTime = async <A>(work: Promise<A>, { sleep, withinMs, otherwise }: Limit): Promise<A> => {
  const settled = new AbortController();
  const late = sleep(withinMs, settled.signal).then((): never => {
    throw new Error(otherwise);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    settled.abort();
  }
};
