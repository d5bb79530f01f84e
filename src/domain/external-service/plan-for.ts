import type { ExternalService } from './external-service.ts';

/** The services to ask, in order. Empty when the tenant has none. */
export type ProviderPlan = { readonly services: readonly ExternalService[] };

/**
 * Order: the service with the highest priority, its chain of fallbacks, then the rest by priority. Inactive services
 * are left out, but a chain continues behind an inactive link.
 */
export const planFor = (services: readonly ExternalService[]): ProviderPlan => {
  const byPriority = services
    .filter((s) => s.isActive)
    .toSorted((a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  const byId = new Map(services.map((service) => [service.id, service]));
  const plan = new Set<ExternalService>();
  const seen = new Set<string>();
  for (
    let next = byPriority[0];
    next !== undefined && !seen.has(next.id);
    next = next.fallbackServiceId === undefined ? undefined : byId.get(next.fallbackServiceId)
  ) {
    seen.add(next.id);
    if (next.isActive) plan.add(next);
  }
  for (const service of byPriority) plan.add(service);
  return { services: [...plan] };
};

/**
 * The active services, each with its fallback replaced by the next active link of its chain, so that `planFor` can
 * follow chains past inactive links without knowing them.
 */
export const activeAmong = (services: readonly ExternalService[]): readonly ExternalService[] => {
  const byId = new Map(services.map((service) => [service.id, service]));
  return services
    .filter(({ isActive }) => isActive)
    .map((service) => {
      const fallbackServiceId = nextActive(service, byId);
      return fallbackServiceId === service.fallbackServiceId ? service : { ...service, fallbackServiceId };
    });
};

const nextActive = (
  { fallbackServiceId }: ExternalService,
  byId: ReadonlyMap<string, ExternalService>,
): string | undefined => {
  const seen = new Set<string>();
  let id = fallbackServiceId;
  while (id !== undefined && byId.get(id)?.isActive !== true) {
    if (seen.has(id)) return undefined;
    seen.add(id);
    id = byId.get(id)?.fallbackServiceId;
  }
  return id;
};
