import type { Sleep } from '../../domain/shared/clock.ts';

type Limit = {
  readonly sleep: Sleep;
  readonly withinMs: number;
  /** The message of the rejection when it takes too long. */
  readonly otherwise: string;
};

/** Settles as the work does, or rejects when it takes too long; a later outcome is ignored. */
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
