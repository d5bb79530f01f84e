import { accountQuota } from '../../src/application/provider-call/quota/account-quota.ts';
import { pipeline } from '../../src/application/provider-call/compose.ts';
import type { ClusterFlights } from '../../src/application/provider-call/cluster-flights.ts';
import { geocodeOperation } from '../../src/application/provider-call/operations/geocode-operation.ts';
import {
  anyCache,
  type CacheDirective,
  type Caller,
  type CallOptions,
} from '../../src/application/provider-call/call-options.ts';
import type { CompleteOperation } from '../../src/application/provider-call/complete-operation.ts';
import type { TenantLimits } from '../../src/application/provider-call/quota/own-quota.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import { planFor } from '../../src/domain/external-service/plan-for.ts';
import type { GeocodeMatches, GeocodeRequest } from '../../src/domain/provider/geocoder.ts';
import { isLeft, left, right } from '../../src/domain/shared/fp.ts';
import type { TenantContext, TenantId } from '../../src/domain/shared/tenant-context.ts';
import { memoryCacheTier } from '../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../src/infrastructure/cache/tiered-cache-store.ts';
import { MemoryRateLimiter } from '../../src/infrastructure/memory/memory-rate-limiter.ts';
import { cockatielCircuitBreakers } from '../../src/infrastructure/resilience/cockatiel-circuit-breakers.ts';
import { cockatielRetries } from '../../src/infrastructure/resilience/cockatiel-retries.ts';
import { fakeQuotaStateStore } from './fake-quota-state-store.ts';
import { fixedClock, type FixedClock } from './fixed-clock.ts';
import { timersOf } from './fixed-timers.ts';
import { fakeCacheTier, type FakeCacheTier } from './memory-cache-tier-fake.ts';
import { memoryJournal } from './memory-journal.ts';
import { scriptedGeocoder } from './scripted-geocoder.ts';
import { sequentialIds } from './sequential-ids.ts';
import { silentTelemetry } from './silent-telemetry.ts';

/** An address for which every match coarser than a house is a poor match. */
export const HOUSE = 'Москва, ул. Тверская, 13';

const MINUTE = 60_000;
const lives = { l1Ms: 5 * MINUTE, l2Ms: 60 * MINUTE, negativeMs: 5 * MINUTE, graceMs: 24 * 60 * MINUTE };

export const aTenant = (id = 'uk_company_1'): TenantId => id as TenantId;

export const contextOf = (tenant: string): TenantContext => ({
  tenantId: aTenant(tenant),
  actor: { kind: 'service-token', id: 'token-1', tenants: [aTenant(tenant)], scopes: ['geocoding'] },
  correlationId: 'request-1',
});

export const aService = (changes: Partial<ExternalService> = {}): ExternalService => ({
  id: '00000000-0000-7000-8000-00000000aaaa',
  tenantId: aTenant(),
  serviceName: 'google_maps',
  serviceType: 'geocoding',
  provider: 'google_maps',
  displayName: 'Google Maps',
  baseUrl: undefined,
  apiKey: { envelope: 'sealed', hint: '' },
  credentials: undefined,
  config: {},
  isActive: true,
  healthStatus: 'healthy',
  lastHealthCheck: undefined,
  limits: {},
  priority: 100,
  fallbackServiceId: undefined,
  costPerCall: { micros: 5_000, currency: 'USD' },
  version: 1,
  createdAt: 0,
  updatedAt: 0,
  ...changes,
});

export const yandex = (changes: Partial<ExternalService> = {}): ExternalService =>
  aService({
    id: '00000000-0000-7000-8000-00000000bbbb',
    serviceName: 'yandex_maps',
    provider: 'yandex_maps',
    priority: 90,
    costPerCall: { micros: 1_000, currency: 'USD' },
    ...changes,
  });

type Settings = {
  readonly tenantLimits?: TenantLimits;
  readonly maxDeadlineMs?: number;
  readonly clusterFlights?: ClusterFlights;
  /** A second tier shared with another fixture. */
  readonly tier?: FakeCacheTier;
  readonly clock?: FixedClock;
  /** An envelope that none of the keys can open. */
  readonly unreadable?: string;
};

/** The real pipeline over the real memory adapters, with scripted providers and a fixed clock. */
export const pipelineFixture = ({
  tenantLimits = {},
  maxDeadlineMs = 10_000,
  clusterFlights,
  tier = fakeCacheTier(),
  unreadable,
  clock = fixedClock(),
}: Settings = {}) => {
  const journal = memoryJournal();
  const broken: unknown[] = [];
  const cache = new TieredCacheStore({
    l1: memoryCacheTier(1_000, clock),
    l2: tier,
    clock,
    l1Ms: lives.l1Ms,
    onBrokenTier: (error) => broken.push(error),
  });
  const google = scriptedGeocoder();
  const yandexMaps = scriptedGeocoder();
  const gazetteer = scriptedGeocoder();
  const observed: string[] = [];
  const charged: string[] = [];
  const told: string[] = [];
  const finished: { readonly status: string; readonly durationMs: number }[] = [];
  const lookups: string[] = [];
  const timers = timersOf(clock);
  const limiter = new MemoryRateLimiter({
    clock,
    sleep: clock.sleep,
    store: fakeQuotaStateStore().connect(),
  });
  const geocode: CompleteOperation<GeocodeRequest, GeocodeMatches> = pipeline({
    journal,
    cache,
    cacheClock: clock,
    clusterFlights,
    limiter,
    tenantLimits,
    accountQuota: accountQuota({
      limiter,
      accountOf: () => undefined,
      clock,
      timers,
      telemetry: silentTelemetry,
    }),
    breakers: cockatielCircuitBreakers(),
    retries: cockatielRetries(clock, { maxRetries: 2, firstDelayMs: 1, longestDelayMs: 2 }),
    health: { observe: (service, outcome) => void observed.push(`${service.serviceName} ${outcome}`) },
    secretBox: {
      seal: () => 'sealed',
      open: (envelope) =>
        envelope === unreadable
          ? left({ kind: 'secret-unreadable', reason: 'unknown-key', keyId: 'k9' })
          : right('PLANTED-KEY'),
      needsResealing: () => false,
    },
    telemetry: {
      ...silentTelemetry,
      callFinished: ({ status, durationMs }) => void finished.push({ status, durationMs }),
      cacheLookup: ({ service, hit }) => void lookups.push(`${service} ${hit ? 'hit' : 'miss'}`),
      providerCalled: ({ provider, outcome }) => void told.push(`${provider} ${outcome}`),
      providerCharged: ({ provider, cost }) =>
        void charged.push(`${provider} ${cost.micros} ${cost.currency}`),
    },
    tracing: undefined,
    clock,
    ids: sequentialIds(),
    timers,
    maxDeadlineMs,
    attemptTimeoutMs: 3_000,
  })(geocodeOperation({ google_maps: google, yandex_maps: yandexMaps, gazetteer }, lives));

  const ask = (
    address: string,
    {
      tenant = 'uk_company_1',
      services = [aService(), yandex()],
      cache: directive = {},
      deadlineMs,
      caller,
    }: {
      tenant?: string;
      services?: readonly ExternalService[];
      cache?: Partial<CacheDirective>;
      deadlineMs?: number;
      caller?: Caller;
    } = {},
  ) => {
    const options: CallOptions = {
      cache: { ...anyCache, ...directive },
      deadlineMs,
      ...(caller && { caller }),
    };
    const request: GeocodeRequest = { address, language: 'ru', limit: 5 };
    return geocode({ ctx: contextOf(tenant), request, options }, planFor(services));
  };
  return {
    ask,
    clock,
    journal,
    tier,
    cache,
    google,
    yandex: yandexMaps,
    gazetteer,
    observed,
    charged,
    told,
    finished,
    lookups,
    broken,
  };
};

/** The right side of the result; a left fails the test and shows the error. */
export const answered = async <E, A>(
  result: Promise<{ _tag: 'Left'; left: E } | { _tag: 'Right'; right: A }>,
): Promise<A> => {
  const settled = await result;
  if (isLeft(settled)) throw new Error(`not answered: ${JSON.stringify(settled.left)}`);
  return settled.right;
};

export const refused = async <E, A>(
  result: Promise<{ _tag: 'Left'; left: E } | { _tag: 'Right'; right: A }>,
): Promise<E> => {
  const settled = await result;
  if (!isLeft(settled)) throw new Error(`answered: ${JSON.stringify(settled.right)}`);
  return settled.left;
};

/** A caller that disconnects when told to. */
export const aCaller = (): Caller & { readonly leave: () => void; readonly listeners: () => number } => {
  const listeners = new Set<() => void>();
  let isGone = false;
  return {
    isGone: () => isGone,
    whenGone: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    leave: () => {
      isGone = true;
      for (const listener of listeners) listener();
    },
    listeners: () => listeners.size,
  };
};
