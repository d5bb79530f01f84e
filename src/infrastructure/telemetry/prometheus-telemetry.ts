import { collectDefaultMetrics, Registry } from 'prom-client';
import { operationsOf, writeOperations } from '../../application/provider-call/operation.ts';
import type { CallStatus } from '../../domain/audit/call-record.ts';
import type { Telemetry } from '../../application/telemetry.ts';
import { providerNames, type ProviderName } from '../../domain/external-service/external-service.ts';
import { typeOfProvider } from '../../domain/external-service/service-fields.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { systemClock } from '../system/system-clock.ts';
import { agreedMetrics, furtherMetrics, type HealthCounts } from './metrics.ts';
import { utilizationGauge } from './utilization-gauge.ts';

export type PrometheusTelemetry = Telemetry & {
  readonly registry: Registry;
  readonly expose: () => Promise<{ readonly contentType: string; readonly body: string }>;
};

/**
 * Milliseconds for a gauge to get its value: a scrape has ten seconds, and the primary of several workers waits one for
 * each. A replica whose scrape hangs looks as if it were gone.
 */
export const SCRAPE_PATIENCE_MS = 500;

/**
 * Gauges of prom-client whose names end like counters, which `promtool check metrics` refuses; the same values are
 * there by type.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Alerts use these: a sum or mean over all workers would hide the one that is worst off. */
const OF_THE_WORST = {
  nodejs_eventloop_lag_p99_seconds: 'max',
  process_open_fds: 'max',
  process_max_fds: 'min',
} as const;

const metricsOfProcess = (registry: Registry): void => {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  for (const [name, aggregator] of Object.entries(OF_THE_WORST)) {
    const metric = registry.getSingleMetric(name);
    // File descriptors are counted on Linux only.
    if (metric !== undefined) Object.assign(metric, { aggregator });
  }
};

/** Tenants can enter any three letters: only real currencies become labels. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const labelOf = (currency: string): string => (CURRENCIES.has(currency) ? currency : 'other');

/** The only provider with writes. */
const WRITTEN_TO: ProviderName = 'google_sheets';

/** The operations of each provider. */
const askedOf = providerNames.flatMap((provider) =>
  operationsOf[typeOfProvider[provider]].map((operation) => ({ provider, operation })),
);

/** Outcomes that count against the error budget. */
const FAILED = ['error', 'timeout'] as const satisfies readonly CallStatus[];

/** Metrics for Prometheus. Labels come from closed sets, so the number of series is bounded. */
export const prometheusTelemetry = (
  healthCounts: HealthCounts,
  monotonic: Clock['monotonic'] = systemClock.monotonic,
): PrometheusTelemetry => {
  const registry = new Registry();
  metricsOfProcess(registry);
  const { requests, durations, hits, misses, exceeded } = agreedMetrics(registry, healthCounts);
  const { providerCalls, providerDurations, callCosts, unknownWrites, healthChanges } =
    furtherMetrics(registry);
  // Initialised with 0: Prometheus sees no increase of a counter that first appears as 1, and no alert would report the
  // first case.
  for (const operation of writeOperations) unknownWrites.inc({ service: WRITTEN_TO, operation }, 0);
  for (const service of providerNames) exceeded.inc({ service }, 0);
  for (const { provider, operation } of askedOf) {
    providerCalls.inc({ provider, operation, outcome: 'credentials-rejected' }, 0);
    for (const status of FAILED) requests.inc({ service: provider, operation, status }, 0);
  }
  return {
    registry,
    expose: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    callFinished: ({ service, operation, status, durationMs, isUnknown }) => {
      requests.inc({ service, operation, status });
      if (isUnknown) unknownWrites.inc({ service, operation });
      durations.observe({ service, operation }, durationMs / 1000);
    },
    cacheLookup: ({ service, operation, hit }) => {
      // Both series are created, or a cache without a single hit since the start would have no hit rate to alert on.
      hits.inc({ service, operation }, hit ? 1 : 0);
      misses.inc({ service, operation }, hit ? 0 : 1);
    },
    providerCalled: ({ provider, operation, outcome, durationMs }) => {
      providerCalls.inc({ provider, operation, outcome });
      providerDurations.observe({ provider, operation }, durationMs / 1000);
    },
    providerCharged: ({ provider, operation, cost: { micros, currency } }) =>
      callCosts.add({ service: provider, operation, currency: labelOf(currency) }, micros),
    rateLimitExceeded: (service) => exceeded.inc({ service }),
    rateLimitUtilization: utilizationGauge(registry, monotonic),
    healthChanged: (service, from, to) => healthChanges.inc({ service, from, to }),
  };
};
