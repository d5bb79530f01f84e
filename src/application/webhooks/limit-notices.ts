import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';

/**
 * Tells listeners that the rate of a tenant is used up (`integration.rate_limit.exceeded`): once a minute from each
 * process, however many deliveries met it. Soon and in nobody's way; what a crash takes along is lost.
 */
export type LimitNotices = {
  readonly exceeded: (webhook: Pick<WebhookConfig, 'id' | 'tenantId'>, window: WindowState) => void;
};
