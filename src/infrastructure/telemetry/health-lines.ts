import type { HealthChange } from '../../application/health/store-health-change.ts';
import { DatabaseAway } from '../postgres/connection/database-away.ts';
import { atMostEvery } from '../system/at-most-every.ts';
import { errorFields, type Logger } from './winston-logger.ts';

/**
 * One line per change of a service's health, for operators who watch neither metrics nor events. The first answer of a
 * new service is no change.
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
 * Logs that a changed health could not be stored, which each attempt at the provider tries again: one line a minute per
 * service, or a read-only database would fill the log. An outage of the database is logged elsewhere.
 */
export const unstoredHealthLines = (logger: Logger, monotonic: () => number) => {
  const isDue = atMostEvery(ONCE_IN_MS, monotonic);
  return (serviceId: string, error: unknown): void => {
    if (error instanceof DatabaseAway || !isDue(serviceId)) return;
    logger.warn('health change not stored', { service_id: serviceId, ...errorFields(error) });
  };
};
