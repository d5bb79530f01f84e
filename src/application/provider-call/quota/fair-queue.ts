import type { TenantId } from '../../../domain/shared/tenant-context.ts';

type Waiting = { readonly tenantId: TenantId };

/**
 * A round-robin queue: first come, first served within a tenant, while tenants take turns, so that nobody waits behind
 * the whole backlog of another tenant.
 */
export type FairQueue<T extends Waiting> = {
  readonly push: (one: T) => void;
  /** To the head of the queue, for a call whose turn came but could not be used. */
  readonly putBack: (one: T) => void;
  readonly first: () => T | undefined;
  readonly shift: () => T | undefined;
  /** False when it is not in the queue any more. */
  readonly remove: (one: T) => boolean;
  readonly size: () => number;
  readonly sizeOf: (tenantId: TenantId) => number;
  /** All waiting calls in the order in which they will be served if nobody comes or goes. */
  readonly inOrder: () => readonly T[];
};

export const fairQueue = <T extends Waiting>(): FairQueue<T> => {
  /** The tenant whose turn is next comes first. No list is empty. */
  const tenants = new Map<TenantId, T[]>();
  let size = 0;

  const first = (): T | undefined => tenants.values().next().value?.[0];
  const remove = (one: T): boolean => {
    const list = tenants.get(one.tenantId) ?? [];
    const place = list.indexOf(one);
    if (place < 0) return false;
    list.splice(place, 1);
    if (list.length === 0) tenants.delete(one.tenantId);
    size -= 1;
    return true;
  };
  /** Afterwards the tenant moves behind all other tenants. */
  const shift = (): T | undefined => {
    const one = first();
    if (one === undefined) return undefined;
    remove(one);
    const rest = tenants.get(one.tenantId);
    tenants.delete(one.tenantId);
    if (rest !== undefined) tenants.set(one.tenantId, rest);
    return one;
  };

  return {
    push: (one) => {
      tenants.set(one.tenantId, [...(tenants.get(one.tenantId) ?? []), one]);
      size += 1;
    },
    putBack: (one) => {
      const before = [...tenants];
      tenants.clear();
      tenants.set(one.tenantId, [one]);
      for (const [tenantId, list] of before)
        tenants.set(tenantId, [...(tenants.get(tenantId) ?? []), ...list]);
      size += 1;
    },
    first,
    shift,
    remove,
    size: () => size,
    sizeOf: (tenantId) => tenants.get(tenantId)?.length ?? 0,
    inOrder: () => rounds([...tenants.values()]),
  };
};

const rounds = <T>(lists: readonly (readonly T[])[]): readonly T[] => {
  const order: T[] = [];
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let round = 0; round < longest; round += 1)
    for (const list of lists) {
      const one = list[round];
      if (one !== undefined) order.push(one);
    }
  return order;
};
