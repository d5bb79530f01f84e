import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** Runs work that may hold a connection for seconds, now or when its turn has come. */
export type ReportTurns = <A>(tenant: TenantId, work: () => Promise<A>) => Promise<A>;

type Waiting = { readonly tenant: TenantId; readonly go: () => void };

/**
 * Reports go over all of a tenant's past and take as long as that is. At most half of the connections serve them, and
 * at most half of those one tenant: what everybody's calls need is left, and one tenant's reports do not keep away
 * another's. First come, first served among those who may.
 */
export const reportTurns = (connections: number): ReportTurns => {
  const most = Math.max(1, Math.floor(connections / 2));
  const mostOfOne = Math.max(1, Math.floor(most / 2));
  const running = new Map<TenantId, number>();
  const waiting: Waiting[] = [];
  let total = 0;

  const ofTenant = (tenant: TenantId): number => running.get(tenant) ?? 0;
  const mayGo = (tenant: TenantId): boolean => total < most && ofTenant(tenant) < mostOfOne;
  const begin = (tenant: TenantId): void => {
    total += 1;
    running.set(tenant, ofTenant(tenant) + 1);
  };
  const end = (tenant: TenantId): void => {
    total -= 1;
    if (ofTenant(tenant) > 1) running.set(tenant, ofTenant(tenant) - 1);
    else running.delete(tenant);
    const next = waiting.findIndex((one) => mayGo(one.tenant));
    const [called] = next < 0 ? [] : waiting.splice(next, 1);
    if (called === undefined) return;
    begin(called.tenant);
    called.go();
  };

  return async (tenant, work) => {
    if (mayGo(tenant)) begin(tenant);
    else await new Promise<void>((go) => void waiting.push({ tenant, go }));
    try {
      return await work();
    } finally {
      end(tenant);
    }
  };
};
