import type { ServiceToken } from '../../src/domain/access/service-token.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import type { TenantContext, TenantId } from '../../src/domain/shared/tenant-context.ts';

export const TENANT = 'uk_company_1' as TenantId;
export const OTHER_TENANT = 'uk_company_2' as TenantId;
/** 2026-11-22T12:00:00.123Z: with milliseconds, so that a column that drops them is noticed. */
export const NOON = Date.UTC(2026, 10, 22, 12, 0, 0, 123);

/** `anId(7)` is `00000000-0000-7000-8000-000000000007`. */
export const anId = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const aContext = (tenantId = TENANT): TenantContext => ({
  tenantId,
  actor: { kind: 'administrator', id: 'admin@example.test', tenants: 'all', scopes: 'all' },
  correlationId: 'req-1',
});

/** A complete geocoding service; every optional field is filled, so that a column that is not stored is noticed. */
export const anExternalService = (change: Partial<ExternalService> = {}): ExternalService => ({
  id: anId(1),
  tenantId: TENANT,
  serviceName: 'google-main',
  serviceType: 'geocoding',
  provider: 'google_maps',
  displayName: 'Google «Карты» \\ \'main\' "1"',
  baseUrl: 'https://maps.example.test/api',
  apiKey: { envelope: 'v1.k1.bm9uY2U.c2VhbGVk', hint: 'r3t!' },
  credentials: { envelope: 'v1.k1.bm9uY2U.b3RoZXI', hint: '' },
  config: { region: 'uz', nested: { list: [1, 'two', null, true], text: "o'clock \\ 100% ?" } },
  isActive: true,
  healthStatus: 'degraded',
  lastHealthCheck: NOON - 5,
  limits: { minute: 60, hour: 0, day: 2_000, month: 30_000 },
  priority: -3,
  fallbackServiceId: undefined,
  costPerCall: { micros: 5_000, currency: 'USD' },
  version: 1,
  createdAt: NOON,
  updatedAt: NOON + 1,
  ...change,
});

/** The same service with every optional field left out. */
export const aBareService = (change: Partial<ExternalService> = {}): ExternalService =>
  anExternalService({
    id: anId(2),
    serviceName: 'gazetteer',
    provider: 'gazetteer',
    baseUrl: undefined,
    apiKey: undefined,
    credentials: undefined,
    config: {},
    lastHealthCheck: undefined,
    limits: {},
    ...change,
  });

export const aServiceToken = (change: Partial<ServiceToken> = {}): ServiceToken => ({
  id: anId(101),
  tenantId: TENANT,
  name: 'billing',
  tenants: [TENANT, 'with.dots-and_lines' as TenantId],
  scopes: ['geocoding', 'logs:read'],
  hash: 'a'.repeat(64),
  hint: 'wxyz',
  expiresAt: NOON + 86_400_000,
  createdAt: NOON,
  createdBy: 'admin@example.test',
  revokedAt: undefined,
  ...change,
});
