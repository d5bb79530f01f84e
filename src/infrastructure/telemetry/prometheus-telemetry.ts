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
 * Milliseconds that a gauge may ask for its value: a scrape has ten seconds, and the primary of several workers waits
 * one for each. One that hangs looks like a replica that is gone.
 */
export const SCRAPE_PATIENCE_MS = 500;

/**
 * Gauges of prom-client with the ending of counters, which `promtool check metrics` refuses; the same
 * are there by type.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** An alert asks for these: the sum of all workers, or their mean, would hide the one that is worst off. */
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
    // Files are counted on Linux alone.
    if (metric !== undefined) Object.assign(metric, { aggregator });
  }
};

/** Tenants enter any three letters: only those that are a currency become a label. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const labelOf = (currency: string): string => (CURRENCIES.has(currency) ? currency : 'other');

/** The one provider that is written to. */
const WRITTEN_TO: ProviderName = 'google_sheets';

/** What each provider may be asked for. */
const askedOf = providerNames.flatMap((provider) =>
  operationsOf[typeOfProvider[provider]].map((operation) => ({ provider, operation })),
);

/** What uses up the error budget. */
const FAILED = ['error', 'timeout'] as const satisfies readonly CallStatus[];

/** Metrics for Prometheus. Labels come from closed sets, so their number is bounded. */
export const prometheusTelemetry = (
  healthCounts: HealthCounts,
  monotonic: Clock['monotonic'] = systemClock.monotonic,
): PrometheusTelemetry => {
  const registry = new Registry();
  metricsOfProcess(registry);
  const { requests, durations, hits, misses, exceeded } = agreedMetrics(registry, healthCounts);
  const { providerCalls, providerDurations, callCosts, unknownWrites, healthChanges } =
    furtherMetrics(registry);
  // From 0 on: of a counter that begins at 1, Prometheus sees no increase, and no alert would tell of the first.
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
      // Both, or a cache that never hits since a start would have no hit rate that could fall.
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
