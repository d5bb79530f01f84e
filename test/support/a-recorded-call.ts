import type { CallRecord, RecordedCall } from '../../src/domain/audit/call-record.ts';
import type { IntegrationEvent } from '../../src/domain/shared/integration-event.ts';
import { anId, NOON, TENANT } from './an-external-service.ts';

/** A call with every optional field filled, so that a column that is not stored is noticed. */
export const aCallRecord = (change: Partial<CallRecord> = {}): CallRecord => ({
  id: anId(1),
  tenantId: TENANT,
  actorId: 'token-1',
  requestId: 'req-1',
  serviceId: anId(501),
  serviceName: 'google-main',
  operation: 'geocode',
  endpoint: '/geocode/json',
  httpMethod: 'GET',
  requestHeaders: { 'cache-control': 'no-cache' },
  requestBody: { address: 'Ташкент, ул. Навои 12, "кв" \\ 3\n\t😀', language: 'ru' },
  responseStatusCode: 200,
  responseBody: { matches: [{ latitude: 41.3111, longitude: 69.2797, partial_match: false }] },
  startedAt: NOON,
  completedAt: NOON + 41,
  durationMs: 41,
  status: 'success',
  errorMessage: 'google-main timed out first',
  retryCount: 1,
  estimatedCost: { micros: 5_001, currency: 'EUR' },
  cacheStatus: 'miss',
  cacheKey: 'geo:v1:uk_company_1:geocode:ru:5f3c',
  attempts: [
    {
      provider: 'yandex_maps',
      serviceId: anId(502),
      serviceName: 'yandex',
      outcome: 'ok',
      durationMs: 40,
      calls: 2,
    },
  ],
  ...change,
});

/** A cache hit as the pipeline records it: most fields are empty. */
export const aCacheHit = (change: Partial<CallRecord> = {}): CallRecord =>
  aCallRecord({
    endpoint: undefined,
    httpMethod: undefined,
    requestHeaders: undefined,
    responseBody: undefined,
    completedAt: NOON + 1,
    durationMs: 1,
    status: 'cache_hit',
    errorMessage: undefined,
    retryCount: 0,
    estimatedCost: { micros: 0, currency: 'USD' },
    cacheStatus: 'hit',
    attempts: [],
    ...change,
  });

export const anEvent = (change: Partial<IntegrationEvent> = {}): IntegrationEvent => ({
  id: anId(1_001),
  type: 'integration.cache.hit',
  tenantId: TENANT,
  subject: anId(1),
  time: NOON,
  correlationId: 'req-1',
  data: { log_id: anId(1), service_name: 'google-main', operation: 'geocode', layer: 'l1', age_seconds: 3 },
  ...change,
});

/** Call number `n`: its own id, and one event about it with its own id. */
export const aRecordedCall = (n: number, change: Partial<CallRecord> = {}): RecordedCall => ({
  record: aCacheHit({
    id: anId(n),
    requestId: `req-${n}`,
    startedAt: NOON + n,
    completedAt: NOON + n + 1,
    ...change,
  }),
  events: [anEvent({ id: anId(1_000_000 + n), subject: change.id ?? anId(n) })],
});
