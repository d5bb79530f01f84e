import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { CallReport } from './call-report.ts';
import { isOfTenant } from './quota/own-quota.ts';

/**
 * One report for a question that took several calls: that of `own`, with the attempts, the cost, the licences and the
 * times of all of them. `ends` were placed at once: `own` is one of them, or came after them.
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

/** The same of an answer, which is stale where one of its parts is: as old as the oldest of those. */
export const jointAnswer = (own: CallReport, ends: readonly CallReport[]): CallReport => {
  const stale = [...ends, own]
    .flatMap(({ cache }) => (cache.status === 'stale' ? [cache] : []))
    .toSorted((one, two) => two.ageSeconds - one.ageSeconds);
  return { ...jointReport(own, ends), cache: stale[0] ?? own.cache };
};

/** Of a line nobody is asked, so it knows of no window; its ends took what they took from the limit of the tenant. */
const tenantWindow = (ends: readonly CallReport[]): CallReport['windows'] =>
  ends
    .flatMap(({ windows }) => windows.filter(isOfTenant))
    .toSorted((one, two) => one.remaining - two.remaining)
    .slice(0, 1);

type Times = CallReport['timings'];

/** Of calls at one time the slowest is what their caller waited for; so the parts still add up to the whole. */
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

/** A second currency cannot be added to the first; it stands in the trail of its own call. */
const added = (sum: Money, cost: Money): Money => {
  if (sum.micros === 0) return cost;
  return cost.currency === sum.currency ? { ...sum, micros: sum.micros + cost.micros } : sum;
};
