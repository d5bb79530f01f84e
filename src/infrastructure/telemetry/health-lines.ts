import type { HealthChange } from '../../application/health/store-health-change.ts';
import { DatabaseAway } from '../postgres/connection/database-away.ts';
import { atMostEvery } from '../system/at-most-every.ts';
import { errorFields, type Logger } from './winston-logger.ts';

/**
 * A line for each change, also where nobody looks at metrics or listens to events. The first answer of a new service is
 * no news.
 */
export const healthLines =
  (logger: Logger) =>
  ({ service, from, to, reason }: HealthChange): void => {
    if (from === 'unknown' && to === 'healthy') return;
    logger[to === 'healthy' ? 'info' : 'warn']('health of a service changed', {
      tenant: service.tenantId,
      service_id: service.id,
      service_name: service.serviceName,
      provider: service.provider,
      from,
      to,
      reason,
    });
  };

const ONCE_IN_MS = 60_000;

/**
 * Each attempt at a provider tries again to store what it has changed: of a service one line a minute, or a database
 * that takes no writes would fill the log. That it is away has its own line.
 */
export const unstoredHealthLines = (logger: Logger, monotonic: () => number) => {
  const isDue = atMostEvery(ONCE_IN_MS, monotonic);
  return (serviceId: string, error: unknown): void => {
    if (error instanceof DatabaseAway || !isDue(serviceId)) return;
    logger.warn('health change not stored', { service_id: serviceId, ...errorFields(error) });
  };
};
