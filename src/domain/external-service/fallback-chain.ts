import type { ExternalService } from './external-service.ts';

/** `serviceType` is undefined when it is not known; types are then not compared. */
type Link = Pick<ExternalService, 'id' | 'fallbackServiceId'> & {
  readonly serviceType: ExternalService['serviceType'] | undefined;
};

/**
 * The problem with the fallback of `changed`, given all stored services of its tenant before the change; undefined when
 * there is none. A service of another tenant is not among them and counts as not existing.
 */
export const fallbackProblem = (changed: Link, stored: readonly ExternalService[]): string | undefined => {
  const byId = new Map<string, Link>(stored.map((service) => [service.id, service]));
  byId.set(changed.id, changed);
  for (const service of stored) {
    const pointsHere = service.fallbackServiceId === changed.id && service.id !== changed.id;
    if (pointsHere && changed.serviceType !== undefined && service.serviceType !== changed.serviceType)
      return `"${service.serviceName}" falls back to this service and has another service_type`;
  }
  if (changed.fallbackServiceId === undefined) return undefined;
  const target = byId.get(changed.fallbackServiceId);
  if (target === undefined) return 'no such service';
  if (target.id === changed.id) return 'a service cannot fall back to itself';
  if (changed.serviceType !== undefined && target.serviceType !== changed.serviceType)
    return `must be a ${changed.serviceType} service, this one is ${target.serviceType}`;
  return closesCircle(changed.id, target, byId) ? 'closes a circle of fallbacks' : undefined;
};

const closesCircle = (start: string, from: Link, byId: ReadonlyMap<string, Link>): boolean => {
  const seen = new Set<string>();
  let current: Link | undefined = from;
  while (current !== undefined && !seen.has(current.id)) {
    if (current.id === start) return true;
    seen.add(current.id);
    current = current.fallbackServiceId === undefined ? undefined : byId.get(current.fallbackServiceId);
  }
  return false;
};
