import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';

/**
 * Publishes `integration.rate_limit.exceeded` for a tenant's webhook rate, at most once a minute per process. Works in
 * the background; a crash may lose a notice.
 */
export type LimitNotices = {
  readonly exceeded: (webhook: Pick<WebhookConfig, 'id' | 'tenantId'>, window: WindowState) => void;
};
