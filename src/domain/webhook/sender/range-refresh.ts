/** What is stored of a managed list. */
export type RangeSet = {
  /** In canonical form. */
  readonly cidrs: readonly string[];
  /** A refresh that takes too much away waits here until an operator says yes. */
  readonly pendingReview: readonly string[] | undefined;
};

/**
 * - `kept`: the refresh brought nothing, or the same.
 * - `replaced`: the new list counts.
 * - `held`: it would remove more than half, so the old one goes on counting.
 */
export type RangeRefresh =
  | { readonly kind: 'kept' }
  | { readonly kind: 'replaced'; readonly set: RangeSet }
  | { readonly kind: 'held'; readonly set: RangeSet };

/** `reviewed`: an operator has seen this very list. */
export const refreshed = (
  current: RangeSet | undefined,
  fresh: readonly string[],
  reviewed: boolean,
): RangeRefresh => {
  const cidrs = [...new Set(fresh)].toSorted();
  if (cidrs.length === 0) return { kind: 'kept' };
  const replaced: RangeRefresh = { kind: 'replaced', set: { cidrs, pendingReview: undefined } };
  if (current === undefined) return replaced;
  if (sameList(cidrs, current.cidrs) && current.pendingReview === undefined) return { kind: 'kept' };
  const stays = current.cidrs.filter((cidr) => cidrs.includes(cidr)).length;
  const removesMost = (current.cidrs.length - stays) * 2 > current.cidrs.length;
  return removesMost && !reviewed ? { kind: 'held', set: { ...current, pendingReview: cidrs } } : replaced;
};

/** Nobody offers another list any more: what waited to be reviewed waits no longer. */
export const withdrawn = ({ cidrs, pendingReview }: RangeSet): RangeRefresh =>
  pendingReview === undefined
    ? { kind: 'kept' }
    : { kind: 'replaced', set: { cidrs, pendingReview: undefined } };

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((entry) => b.includes(entry));
