import type { QuotaLimits, QuotaRefused } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { tenantSubject } from '../provider-call/quota/own-quota.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';
import type { DeliverySpool } from './delivery-spool.ts';
import { whileSenderWaits, LATE } from './while-sender-waits.ts';
import type { LimitNotices } from './limit-notices.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

export type RateAllowance = { readonly isOverLimit: boolean } | { readonly refusal: DeliveryRefusal };

export type RateDeps = {
  readonly limiter: Pick<RateLimiter, 'take'>;
  /** Limits for each tenant; undefined: unlimited. */
  readonly limits: QuotaLimits | undefined;
  readonly spool: DeliverySpool;
  readonly notices: LimitNotices;
  readonly telemetry: Pick<WebhookTelemetry, 'limited'>;
  readonly sleep: Sleep;
};

type Asking = Pick<WebhookConfig, 'id' | 'tenantId' | 'overflow' | 'status'>;

const GOES: RateAllowance = { isOverLimit: false };
const WAITS: RateAllowance = { isOverLimit: true };

/**
 * Whether an authentic delivery is published at once, waits, or is refused. If deliveries of the tenant have waited for
 * long, a new one queues behind them; otherwise senders that use up the whole rate would keep the waiting ones out for
 * ever.
 */
export const rateAllowance = async (
  deps: RateDeps,
  webhook: Asking,
  bytes: number,
): Promise<RateAllowance> => {
  const { limiter, limits, spool, telemetry } = deps;
  const { tenantId, overflow } = webhook;
  if (limits?.minute === undefined) return GOES;
  if (overflow === 'spool') {
    const waits = await whileSenderWaits(waitsBehind(spool, webhook, bytes), deps.sleep);
    if (waits === LATE) return UNKNOWN;
    if (waits) return WAITS;
  }
  const taken = await limiter.take([tenantSubject({ tenantId, serviceType: 'webhook' }, limits)], 1);
  telemetry.limited(!isLeft(taken));
  return isLeft(taken) ? overTheRate(deps, webhook, bytes, taken.left) : GOES;
};

/**
 * It could not be determined in time whether the delivery may wait. The sender is told so while it still listens, as it
 * is when its webhook cannot be looked up in time.
 */
const UNKNOWN: RateAllowance = { refusal: { kind: 'storage-unavailable' } };

const waitsBehind = async (spool: DeliverySpool, webhook: Asking, bytes: number): Promise<boolean> =>
  (await spool.isBehind(webhook.tenantId)) && hasRoom(spool, webhook, bytes);

const hasRoom = (spool: DeliverySpool, { id, tenantId, status }: Asking, bytes: number): Promise<boolean> =>
  status === 'paused' ? spool.hasRoom(tenantId, bytes, id) : spool.hasRoom(tenantId, bytes);

const overTheRate = async (
  { spool, notices, sleep }: RateDeps,
  webhook: Asking,
  bytes: number,
  { retryAfterMs, by }: QuotaRefused,
): Promise<RateAllowance> => {
  const { id, tenantId, overflow } = webhook;
  notices.exceeded({ id, tenantId }, by);
  const usedUp = { window: by.window, limit: by.limit, retryAfterMs };
  if (overflow !== 'spool') return { refusal: { kind: 'over-limit', ...usedUp } };
  const mayWait = await whileSenderWaits(hasRoom(spool, webhook, bytes), sleep);
  if (mayWait === LATE) return UNKNOWN;
  return mayWait ? WAITS : { refusal: { kind: 'spool-full', ...usedUp } };
};
