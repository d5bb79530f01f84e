import type { WebhookConfig, WebhookSecret } from '../../src/domain/webhook/webhook-config.ts';
import { anId, NOON, TENANT } from './an-external-service.ts';

export const A_WEBHOOK_SECRET: WebhookSecret = {
  id: anId(901),
  version: 2,
  kind: 'hmac',
  state: 'current',
  sealed: { envelope: 'v1.k1.bm9uY2U.c2VhbGVk', hint: 'r3t!' },
  validUntil: undefined,
  createdAt: NOON + 3,
  lastMatchedAt: undefined,
  matchCount: 0,
};

/** A complete webhook; every optional field is filled, so that a column that is not stored is noticed. */
export const aWebhook = (change: Partial<WebhookConfig> = {}): WebhookConfig => ({
  id: anId(900),
  tenantId: TENANT,
  name: 'Оплаты «main» \\ \'x\' "1"',
  sourceService: 'custom',
  sourceServiceId: undefined,
  status: 'active',
  address: {
    hash: 'c'.repeat(64),
    hint: 'AbCdEf12',
    previous: {
      hash: 'd'.repeat(64),
      hint: 'Zz345678',
      validUntil: NOON + 3_600_000,
      uses: 0,
      lastUsedAt: undefined,
    },
  },
  secrets: [
    A_WEBHOOK_SECRET,
    { ...A_WEBHOOK_SECRET, id: anId(902), version: 1, state: 'previous', validUntil: NOON + 86_400_000 },
  ],
  scheme: {
    kind: 'token',
    tokenHeader: 'x-token',
    prefix: '',
    idHeader: 'x-id',
    idPath: undefined,
    eventTypeHeader: undefined,
    eventTypePath: '/type',
    rejectEmptyBody: true,
    handshake: { matchPath: '/type', matchValue: 'ping', respondPath: '/challenge' },
    response: undefined,
  },
  eventTypes: ['payment.succeeded', 'it\'s "odd"'],
  ipMode: 'observe',
  ipAllowlist: ['10.0.0.0/8', '2001:db8::/32', 'github'],
  maxBodyBytes: 4_096,
  overflow: 'spool',
  publicUrl: 'https://hooks.example.test/in?a=1',
  response: { status: 202, contentType: 'text/plain', body: 'thanks' },
  totals: { received: 0, successful: 0, failed: 0, lastReceivedAt: undefined, lastRejectedAt: undefined },
  version: 1,
  createdAt: NOON,
  updatedAt: NOON + 1,
  ...change,
});

/** The same webhook with every optional field left out. */
export const aBareWebhook = (change: Partial<WebhookConfig> = {}): WebhookConfig =>
  aWebhook({
    id: anId(910),
    name: 'bare',
    sourceService: 'github',
    address: { hash: 'e'.repeat(64), hint: 'BareBare', previous: undefined },
    secrets: [],
    scheme: undefined,
    eventTypes: [],
    ipMode: 'off',
    ipAllowlist: [],
    overflow: 'reject',
    publicUrl: undefined,
    response: undefined,
    ...change,
  });
