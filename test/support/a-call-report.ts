import type { CallReport } from '../../src/application/provider-call/call-report.ts';
import type { FailedCall } from '../../src/application/provider-call/complete-operation.ts';
import type { GeocodeMatch } from '../../src/domain/provider/geocoder.ts';
import type { Attempt, CallError, ProviderError } from '../../src/domain/provider/provider-error.ts';
import type { WindowState } from '../../src/domain/rate-limit/quota.ts';
import { anId, NOON } from './an-external-service.ts';

export const anAttempt = (change: Partial<Attempt> = {}): Attempt => ({
  provider: 'google_maps',
  serviceId: anId(1),
  serviceName: 'google-main',
  outcome: 'ok',
  durationMs: 20.6,
  calls: 1,
  ...change,
});

export const aWindow = (change: Partial<WindowState> = {}): WindowState => ({
  subjectId: anId(1),
  window: 'minute',
  limit: 60,
  used: 1,
  remaining: 59,
  resetsAt: NOON + 11_500,
  ...change,
});

/** A cache miss answered by Google. */
export const aReport = (change: Partial<CallReport> = {}): CallReport => ({
  logId: anId(900),
  provider: 'google_maps',
  serviceId: anId(1),
  serviceName: 'google-main',
  cache: { status: 'miss', reason: 'cold', collapsed: false, stored: true, key: 'k' },
  attempts: [anAttempt()],
  cost: { micros: 5_000, currency: 'USD' },
  windows: [aWindow()],
  timings: { cache: 0.123, quota: 0.05, provider: 20.6, journal: 1.5, total: 22.3 },
  ...change,
});

export const aHitReport = (change: Partial<CallReport> = {}): CallReport =>
  aReport({
    cache: { status: 'hit', layer: 'l1', ageSeconds: 189, ttlSeconds: 3411, key: 'k' },
    attempts: [],
    cost: { micros: 0, currency: 'USD' },
    windows: [],
    timings: { cache: 0.04, quota: 0, provider: 0, journal: 1.2, total: 1.3 },
    ...change,
  });

export const aMatch = (change: Partial<GeocodeMatch> = {}): GeocodeMatch => ({
  formattedAddress: 'Узбекистан, Ташкент, улица Амира Темура, 1',
  coordinates: { latitude: 41.311081, longitude: 69.240562 },
  precision: 'house',
  confidence: 0.98,
  partialMatch: false,
  components: { country: 'Узбекистан', countryCode: 'UZ', city: 'Ташкент', house: '1' },
  bounds: {
    southWest: { latitude: 41.3, longitude: 69.2 },
    northEast: { latitude: 41.4, longitude: 69.3 },
  },
  placeId: 'ChIJ1',
  ...change,
});

export const aFailedCall = (error: CallError, change: Partial<CallReport> = {}): FailedCall => ({
  kind: 'failed-call',
  error,
  report: aReport({
    provider: undefined,
    serviceId: undefined,
    serviceName: undefined,
    attempts: 'attempts' in error ? error.attempts : [],
    cost: { micros: 0, currency: 'USD' },
    windows: [],
    ...change,
  }),
});

/** One provider asked, one error. */
export const aProviderFailure = (error: ProviderError, change: Partial<CallReport> = {}): FailedCall =>
  aFailedCall(
    {
      kind: 'call-failed',
      error,
      attempts: [anAttempt({ outcome: error.kind, message: error.message })],
    },
    change,
  );
