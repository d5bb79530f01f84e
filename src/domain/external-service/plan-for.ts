import type { ExternalService } from './external-service.ts';

/** The services to ask, in order. Empty when the tenant has none. */
export type ProviderPlan = { readonly services: readonly ExternalService[] };

/**
 * The first by priority, then the chain of its fallbacks, then the rest by priority. Inactive ones are left out; a
 * chain goes on behind an inactive link.
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
