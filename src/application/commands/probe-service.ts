import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import type { HealthMonitor, ProbeResult } from '../health/health-monitor.ts';
import { notFound, type NotFound } from '../not-found.ts';

export type ProbeFailure = NotFound;

type Deps = { readonly services: ExternalServiceReader; readonly monitor: HealthMonitor };

/** Probes one provider now and updates the health of the service accordingly. */
export const probeService =
  ({ services, monitor }: Deps): Handler<{ readonly id: string }, ProbeResult, ProbeFailure> =>
  async (ctx, { id }) => {
    const service = await services.byId(ctx.tenantId, id);
    return service === undefined
      ? left(notFound('service'))
      : right(await monitor.probe(service, ctx.correlationId));
  };
