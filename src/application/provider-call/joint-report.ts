import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { CallReport } from './call-report.ts';

/**
 * One report for a question that took several calls: that of `own`, with the attempts, the cost and the licences of all
 * of them.
 */
export const jointReport = (own: CallReport, all: readonly CallReport[]): CallReport => ({
  ...own,
  attempts: all.flatMap(({ attempts }) => attempts),
  cost: [own, ...all.filter((report) => report !== own)].reduce(
    (sum, { cost }) => added(sum, cost),
    noMoney(own.cost.currency),
  ),
  ...(all.some(({ isWithheld }) => isWithheld === true) && { isWithheld: true }),
});

/** The same of an answer, which is stale where one of its parts is: as old as the oldest of those. */
export const jointAnswer = (own: CallReport, all: readonly CallReport[]): CallReport => {
  const stale = all
    .flatMap(({ cache }) => (cache.status === 'stale' ? [cache] : []))
    .toSorted((one, two) => two.ageSeconds - one.ageSeconds);
  return { ...jointReport(own, all), cache: stale[0] ?? own.cache };
};

/** A second currency cannot be added to the first; it stands in the trail of its own call. */
const added = (sum: Money, cost: Money): Money => {
  if (sum.micros === 0) return cost;
  return cost.currency === sum.currency ? { ...sum, micros: sum.micros + cost.micros } : sum;
};
