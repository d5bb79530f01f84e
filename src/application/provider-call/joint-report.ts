import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { CallReport } from './call-report.ts';
import { isOfTenant } from './quota/own-quota.ts';

/**
 * One report for a question that took several calls: that of `own`, with the attempts, costs, licences and timings of
 * all. The calls in `ends` ran concurrently; `own` is either one of them or ran after them.
 */
export const jointReport = (own: CallReport, ends: readonly CallReport[]): CallReport => {
  const all = ends.includes(own) ? ends : [...ends, own];
  return {
    ...own,
    attempts: all.flatMap(({ attempts }) => attempts),
    cost: [own, ...all.filter((report) => report !== own)].reduce(
      (sum, { cost }) => added(sum, cost),
      noMoney(own.cost.currency),
    ),
    timings: jointTimings(own, ends),
    windows: own.windows.length > 0 ? own.windows : tenantWindow(ends),
    ...(all.some(({ isWithheld }) => isWithheld === true) && { isWithheld: true }),
  };
};

/** The same for an answer. If any of its parts is stale, the answer is as stale as the oldest of these. */
export const jointAnswer = (own: CallReport, ends: readonly CallReport[]): CallReport => {
  const stale = [...ends, own]
    .flatMap(({ cache }) => (cache.status === 'stale' ? [cache] : []))
    .toSorted((one, two) => two.ageSeconds - one.ageSeconds);
  return { ...jointReport(own, ends), cache: stale[0] ?? own.cache };
};

/**
 * A straight line asks no provider and so has no windows of its own; its two geocoding calls charged the tenant's
 * limit.
 */
const tenantWindow = (ends: readonly CallReport[]): CallReport['windows'] =>
  ends
    .flatMap(({ windows }) => windows.filter(isOfTenant))
    .toSorted((one, two) => one.remaining - two.remaining)
    .slice(0, 1);

type Times = CallReport['timings'];

/**
 * For concurrent calls the timings of the slowest are used, since that is what the caller waited for, and they add up.
 */
const jointTimings = (own: CallReport, ends: readonly CallReport[]): Times => {
  const slowest = ends.map(({ timings }) => timings).toSorted((one, two) => two.total - one.total)[0];
  if (slowest === undefined) return own.timings;
  return ends.includes(own) ? slowest : oneAfterTheOther(slowest, own.timings);
};

const oneAfterTheOther = (first: Times, then: Times): Times => ({
  cache: first.cache + then.cache,
  quota: first.quota + then.quota,
  provider: first.provider + then.provider,
  journal: first.journal + then.journal,
  total: first.total + then.total,
});

/** Amounts in a second currency cannot be added; they are in the audit row of their own call. */
const added = (sum: Money, cost: Money): Money => {
  if (sum.micros === 0) return cost;
  return cost.currency === sum.currency ? { ...sum, micros: sum.micros + cost.micros } : sum;
};
