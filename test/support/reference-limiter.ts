import { windowMs, windowTypes, type QuotaSubject } from '../../src/domain/rate-limit/quota.ts';

type Call = { readonly subject: string; readonly time: number; readonly cost: number };

/**
 * The simplest correct limiter: it keeps every call and adds up those inside each window every time. It is slow, and
 * the reference that the fast limiters are compared with.
 */
export const referenceLimiter = () => {
  const calls: Call[] = [];
  const keyOf = ({ tenantId, subjectId }: QuotaSubject) => `${tenantId} ${subjectId}`;
  const usedAt = (subject: string, length: number, now: number): number => {
    let sum = 0;
    for (const call of calls)
      if (call.subject === subject && call.time > now - length && call.time <= now) sum += call.cost;
    return sum;
  };

  const fits = (subjects: readonly QuotaSubject[], cost: number, now: number): boolean =>
    subjects.every((subject) =>
      windowTypes.every((type) => {
        const limit = subject.limits[type];
        if (limit === undefined) return true;
        return limit > 0 && usedAt(keyOf(subject), windowMs[type], now) + cost <= limit;
      }),
    );
  return {
    fits,
    used: (subject: QuotaSubject, type: keyof typeof windowMs, now: number) =>
      usedAt(keyOf(subject), windowMs[type], now),
    count: (subjects: readonly QuotaSubject[], cost: number, now: number): void => {
      for (const subject of subjects) calls.push({ subject: keyOf(subject), time: now, cost });
    },
  };
};

/** The most units in any trailing window (t - length, t]; the times must be in ascending order. */
export const worstWindow = (
  calls: readonly (readonly [time: number, cost: number])[],
  length: number,
): number => {
  let worst = 0;
  let sum = 0;
  let first = 0;
  for (const [time, cost] of calls) {
    sum += cost;
    for (let oldest = calls[first]; oldest !== undefined && oldest[0] <= time - length; first += 1) {
      sum -= oldest[1];
      oldest = calls[first + 1];
    }
    worst = Math.max(worst, sum);
  }
  return worst;
};
