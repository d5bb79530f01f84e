import { LRUCache } from 'lru-cache';

/** Beyond this number the least recent subject is forgotten, and may pass too early. */
const MOST_SUBJECTS = 20_000;

/** True at most once in `everyMs` for each subject. */
export const atMostEvery = (everyMs: number, monotonic: () => number): ((subject: string) => boolean) => {
  const last = new LRUCache<string, number>({ max: MOST_SUBJECTS });
  return (subject) => {
    const now = monotonic();
    if (now - (last.get(subject) ?? -Infinity) < everyMs) return false;
    last.set(subject, now);
    return true;
  };
};
