import type { Sleep } from '../../domain/shared/clock.ts';

export type Limit = { readonly sleep: Sleep; readonly withinMs: number };

/** The answer, or undefined when the question fails or takes too long; a later outcome is ignored. */
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
