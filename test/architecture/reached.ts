import type { Imports } from './circles.ts';

/** All files that one leads to, over whatever others, itself left out. */
export const reachedFrom = (file: string, imports: Imports): readonly string[] => {
  const seen = new Set([file]);
  for (const one of seen) for (const next of imports.get(one) ?? []) seen.add(next);
  return [...seen].slice(1);
};
