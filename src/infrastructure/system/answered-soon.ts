import type { Sleep } from '../../domain/shared/clock.ts';

export type Limit = { readonly sleep: Sleep; readonly withinMs: number };

/** The answer; undefined when the question fails or it takes as long. What comes after that, nobody hears. */
export const answeredSoon = async <A>(
  ask: () => Promise<A>,
  { sleep, withinMs }: Limit,
): Promise<A | undefined> => {
  const settled = new AbortController();
  const late = sleep(withinMs, settled.signal).then(() => undefined);
  const first = await Promise.race([ask().catch(() => undefined), late]);
  settled.abort();
  return first;
};
