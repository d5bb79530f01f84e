import { LRUCache } from 'lru-cache';
import type { FloodGuard } from '../../application/webhooks/flood-guard.ts';

type Options = {
  readonly monotonic: () => number;
  readonly mostFailures?: number;
  readonly mostSubjects?: number;
};
type Minute = { readonly from: number; failures: number };

const MINUTE_MS = 60_000;
/** Generous, since several senders may share one address. */
const MOST_FAILURES = 300;
/**
 * Each takes about 200 bytes. An attacker with more addresses than this gets around this guard, but around nothing
 * else.
 */
const MOST_SUBJECTS = 20_000;

/** Counts failures of a subject in windows of a minute that begin with its first failure. */
export const memoryFloodGuard = ({
  monotonic,
  mostFailures = MOST_FAILURES,
  mostSubjects = MOST_SUBJECTS,
}: Options): FloodGuard => {
  const minutes = new LRUCache<string, Minute>({ max: mostSubjects });
  const current = (subject: string): Minute | undefined => {
    const minute = minutes.get(subject);
    return minute !== undefined && monotonic() - minute.from < MINUTE_MS ? minute : undefined;
  };
  return {
    failed: (subject) => {
      const minute = current(subject);
      if (minute === undefined) minutes.set(subject, { from: monotonic(), failures: 1 });
      else minute.failures += 1;
    },
    waitOf: (subject) => {
      const minute = current(subject);
      if (minute === undefined || minute.failures < mostFailures) return undefined;
      return MINUTE_MS - (monotonic() - minute.from);
    },
  };
};
