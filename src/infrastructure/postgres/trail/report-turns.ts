import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** Runs work that may hold a connection for seconds, at once or when its turn comes. */
export type ReportTurns = <A>(tenant: TenantId, work: () => Promise<A>) => Promise<A>;

type Waiting = { readonly tenant: TenantId; readonly go: () => void };

/**
 * A report reads all of a tenant's past and may take long. Reports get at most half of the connections, and one
 * tenant's at most half of those: this leaves enough for calls, and one tenant's reports cannot keep away another's.
 * Otherwise first come, first served.
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
