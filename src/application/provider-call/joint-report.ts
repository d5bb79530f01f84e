import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { CallReport } from './provider-call.ts';

/** One report for a question that took several calls: that of `own`, with the attempts and the cost of all of them. */
export const jointReport = (own: CallReport, all: readonly CallReport[]): CallReport => ({
  ...own,
  attempts: all.flatMap(({ attempts }) => attempts),
  cost: [own, ...all.filter((report) => report !== own)].reduce(
    (sum, { cost }) => added(sum, cost),
    noMoney(own.cost.currency),
  ),
});

/** A second currency cannot be added to the first; it stands in the trail of its own call. */
const added = (sum: Money, cost: Money): Money => {
  if (sum.micros === 0) return cost;
  return cost.currency === sum.currency ? { ...sum, micros: sum.micros + cost.micros } : sum;
};
