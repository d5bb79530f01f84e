import { tenantSubject } from '../../application/provider-call/quota/own-quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { releaseHeld, resumedWebhooks } from '../postgres/webhooks/held-deliveries.ts';
import { unlessElsewhere } from '../postgres/connection/job-lock.ts';
import { drainSpool, isSpoolEmpty, spoolAgeSeconds } from '../postgres/webhooks/spooled-deliveries.ts';
import type { Parked } from '../postgres/webhooks/publish-kept.ts';
import { askedInTime } from '../system/asked-in-time.ts';
import { SCRAPE_PATIENCE_MS, type PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { registerDeliverySpoolMetrics } from '../telemetry/delivery-spool-metrics.ts';
import { parkedDeliveries } from '../telemetry/parked-deliveries.ts';
import type { Platform } from './identifiers.ts';

/** Publishes deliveries that wait; one process at a time does so. */
export type WaitingDeliveries = {
  /** Publishes deliveries above their tenant's rate limit, as it allows. */
  readonly drainSpool: () => Promise<void>;
  /** Publishes deliveries that were held while their webhook was paused and that is active again. */
  readonly releaseHeld: () => Promise<void>;
};

export const waitingDeliveries = (
  { database, config, logger, sleep }: Platform,
  { registry }: PrometheusTelemetry,
  limiter: RateLimiter,
  onPublished: () => void,
): WaitingDeliveries => {
  const limits = config.tenantLimits.webhook ?? {};
  const { parked } = parkedDeliveries(registry);
  registerDeliverySpoolMetrics(
    registry,
    askedInTime(() => spoolAgeSeconds(database), { sleep, withinMs: SCRAPE_PATIENCE_MS }),
  );
  const onParked = ({ id, tenant, webhookId, why }: Parked): void => {
    parked();
    logger.error('a delivery cannot be given to the bus and is set aside', {
      tenant,
      webhook_id: webhookId,
      delivery: id,
      why,
    });
  };
  const mayPublish = async (tenantId: TenantId): Promise<boolean> =>
    limits.minute === undefined ||
    !isLeft(await limiter.take([tenantSubject({ tenantId, serviceType: 'webhook' }, limits)], 1));
  const telling = { database, onPublished, onParked };
  return {
    drainSpool: async () => {
      // Checked first, since holding the lock takes a connection, and this runs every second.
      if (await isSpoolEmpty(database)) return;
      await unlessElsewhere(database, 'spool-drain', () => drainSpool({ ...telling, mayPublish }));
    },
    releaseHeld: async () => {
      const webhooks = await resumedWebhooks(database);
      if (webhooks.length === 0) return;
      await unlessElsewhere(database, 'held-deliveries', () => releaseHeld(telling, webhooks));
    },
  };
};
