/** The stored state of a managed list. */
export type RangeSet = {
  /** Networks in canonical form. */
  readonly cidrs: readonly string[];
  /** The result of a refresh that would remove too much; it waits here until an operator approves it. */
  readonly pendingReview: readonly string[] | undefined;
};

/**
 * - `kept`: the refresh brought nothing new.
 * - `replaced`: the new list is in force.
 * - `held`: it would remove more than half of the networks, so the old list stays in force.
 */
export type RangeRefresh =
  | { readonly kind: 'kept' }
  | { readonly kind: 'replaced'; readonly set: RangeSet }
  | { readonly kind: 'held'; readonly set: RangeSet };

/** `reviewed`: an operator has approved exactly this list. */
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

/** The source does not offer the pending list any more, so it is dropped. */
export const withdrawn = ({ cidrs, pendingReview }: RangeSet): RangeRefresh =>
  pendingReview === undefined
    ? { kind: 'kept' }
    : { kind: 'replaced', set: { cidrs, pendingReview: undefined } };

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((entry) => b.includes(entry));
