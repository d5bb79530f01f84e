import type { OperationLives } from '../../application/provider-call/operations/answer-lives.ts';
import type { EnvironmentReader } from './environment-reader.ts';

export type CacheLives = {
  readonly geocode: OperationLives;
  readonly reverse: OperationLives;
  readonly distance: OperationLives;
  readonly sheets: OperationLives;
};

const MINUTE = 60_000;
const MOST_SHEETS_GRACE_MS = 60 * MINUTE;

export const cacheLives = (read: EnvironmentReader): CacheLives => {
  const minutes = (name: string, standard: number, to = 60, from = 5): number =>
    read.integer(name, standard, { from, to }) * MINUTE;
  const shared = {
    l1Ms: minutes('CACHE_L1_MINUTES', 5, 60, 1),
    negativeMs: minutes('CACHE_NEGATIVE_MINUTES', 5, 60, 1),
    graceMs: minutes('CACHE_GRACE_MINUTES', 1_440, 43_200, 0),
  };
  return {
    geocode: { ...shared, l2Ms: minutes('CACHE_GEOCODE_MINUTES', 60) },
    reverse: { ...shared, l2Ms: minutes('CACHE_REVERSE_MINUTES', 60) },
    distance: { ...shared, l2Ms: minutes('CACHE_DISTANCE_MINUTES', 60) },
    sheets: {
      ...shared,
      l2Ms: minutes('CACHE_SHEETS_MINUTES', 5),
      // Each write begins a new version, and reads from before it are of no use to anybody.
      graceMs: Math.min(shared.graceMs, MOST_SHEETS_GRACE_MS),
    },
  };
};
