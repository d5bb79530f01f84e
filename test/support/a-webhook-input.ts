import type { WebhookInput } from '../../src/domain/webhook/webhook-fields.ts';

/** What somebody asks for who says no more of a webhook than has to be said. */
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
