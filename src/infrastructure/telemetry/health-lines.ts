import type { HealthChange } from '../../application/health/store-health-change.ts';
import type { Logger } from './winston-logger.ts';

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
