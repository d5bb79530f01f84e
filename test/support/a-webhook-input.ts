import type { WebhookInput } from '../../src/domain/webhook/webhook-fields.ts';

/** The input for a webhook with only the required fields set. */
export const aWebhookInput = (change: Partial<WebhookInput> = {}): WebhookInput => ({
  name: 'payments',
  sourceService: 'stripe',
  sourceServiceId: undefined,
  status: undefined,
  isActive: undefined,
  eventTypes: [],
  ipMode: undefined,
  ipAllowlist: [],
  maxBodyBytes: undefined,
  overflow: undefined,
  publicUrl: undefined,
  scheme: undefined,
  response: undefined,
  ...change,
});
