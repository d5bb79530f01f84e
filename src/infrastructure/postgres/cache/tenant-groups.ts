import type { TenantId } from '../../../domain/shared/tenant-context.ts';

type Waiting<In, Out> = {
  readonly item: In;
  readonly resolve: (out: Out) => void;
  readonly reject: (error: unknown) => void;
};
type Options<In, Out> = {
  /** Results in the order of the items. */
  readonly run: (tenant: TenantId, items: readonly In[]) => Promise<readonly Out[]>;
  /** Whether a single item may have caused the error of the whole group: then each item is tried separately. */
  readonly oneIsToBlame: (error: unknown) => boolean;
  /** Awaited before each group, so that more items can join it. Must not reject. */
  readonly gather?: () => Promise<void>;
};
type Line<In, Out> = { waiting: Waiting<In, Out>[]; drained: Promise<void> | undefined };

export type TenantGroups<In, Out> = {
  readonly ask: (tenant: TenantId, item: In) => Promise<Out>;
  /** Resolves when everything asked so far, by this tenant or by all, has been answered. Never rejects. */
  readonly settled: (tenant?: TenantId) => Promise<void>;
};

/** Enough to amortise the statement; with more, the first would only wait longer for the last. */
const LARGEST_GROUP = 128;

/**
 * Runs what many callers ask at the same time in few statements. A tenant's first item starts a group, at once or after
 * `gather`; items that arrive while a group is under way form the next one. So the busier the tenant, the less each
 * item costs. When `run` rejects, so does the whole group.
 */
export const tenantGroups = <In, Out>({
  run,
  oneIsToBlame,
  gather,
}: Options<In, Out>): TenantGroups<In, Out> => {
  const lines = new Map<TenantId, Line<In, Out>>();

  const settle = async (tenant: TenantId, group: readonly Waiting<In, Out>[]): Promise<void> => {
    try {
      const items = group.map(({ item }) => item);
      const outs = await run(tenant, items);
      for (const [at, { resolve }] of group.entries()) resolve(outs[at] as Out);
    } catch (error) {
      if (group.length > 1 && oneIsToBlame(error))
        for (const waiting of group) await settle(tenant, [waiting]);
      else for (const { reject } of group) reject(error);
    }
  };

  const drain = async (tenant: TenantId, line: Line<In, Out>): Promise<void> => {
    while (line.waiting.length > 0) {
      if (gather !== undefined) await gather();
      await settle(tenant, line.waiting.splice(0, LARGEST_GROUP));
    }
    lines.delete(tenant);
  };

  const lineOf = (tenant: TenantId): Line<In, Out> => {
    const known = lines.get(tenant);
    if (known !== undefined) return known;
    const made = { waiting: [], drained: undefined };
    lines.set(tenant, made);
    return made;
  };

  return {
    ask: (tenant, item) =>
      new Promise((resolve, reject) => {
        const line = lineOf(tenant);
        line.waiting.push({ item, resolve, reject });
        line.drained ??= drain(tenant, line);
      }),
    settled: async (tenant) => {
      const asked = tenant === undefined ? [...lines.keys()] : [tenant];
      for (const each of asked) await lines.get(each)?.drained;
    },
  };
};
