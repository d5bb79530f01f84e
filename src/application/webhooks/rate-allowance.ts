import type { QuotaLimits } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { tenantSubject } from '../provider-call/own-quota.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';
import type { DeliverySpool } from './delivery-spool.ts';
import type { LimitNotices } from './limit-notices.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

export type RateAllowance = { readonly isOverLimit: boolean } | { readonly refusal: DeliveryRefusal };

export type RateDeps = {
  readonly limiter: Pick<RateLimiter, 'take'>;
  /** Of each tenant; undefined: none. */
  readonly limits: QuotaLimits | undefined;
  readonly spool: DeliverySpool;
  readonly notices: LimitNotices;
  readonly telemetry: Pick<WebhookTelemetry, 'limited'>;
};

/**
 * Whether an authentic delivery goes to the bus at once, waits, or is refused. One that may wait goes behind those
 * that have waited for long: a tenant whose senders use up the rate would else never see them.
 */
export const rateAllowance = async (
  { limiter, limits, spool, notices, telemetry }: RateDeps,
  { id, tenantId, overflow }: Pick<WebhookConfig, 'id' | 'tenantId' | 'overflow'>,
  bytes: number,
): Promise<RateAllowance> => {
  if (limits?.minute === undefined) return { isOverLimit: false };
  const mayWait = overflow === 'spool';
  if (mayWait && (await spool.isBehind(tenantId)) && (await spool.hasRoom(tenantId, bytes)))
    return { isOverLimit: true };
  const taken = await limiter.take([tenantSubject({ tenantId, serviceType: 'webhook' }, limits)], 1);
  telemetry.limited(!isLeft(taken));
  if (!isLeft(taken)) return { isOverLimit: false };
  const { retryAfterMs, by } = taken.left;
  notices.exceeded({ id, tenantId }, by);
  const usedUp = { window: by.window, limit: by.limit, retryAfterMs };
  if (!mayWait) return { refusal: { kind: 'over-limit', ...usedUp } };
  return (await spool.hasRoom(tenantId, bytes))
    ? { isOverLimit: true }
    : { refusal: { kind: 'spool-full', ...usedUp } };
};
