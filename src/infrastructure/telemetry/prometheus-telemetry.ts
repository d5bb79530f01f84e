import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Telemetry } from '../../application/telemetry.ts';

export type PrometheusTelemetry = Telemetry & {
  readonly registry: Registry;
  readonly expose: () => Promise<{ readonly contentType: string; readonly body: string }>;
};

type HealthCounts = () => Promise<
  readonly { readonly service: string; readonly status: string; readonly count: number }[]
>;

/** From half a millisecond (a hit) to ten seconds (the longest deadline); the brief's targets 0.2 and 0.5 are edges. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2.5, 5, 10];

/** All metrics of the brief, by its names. Labels come from closed sets, so their number is bounded. */
export const prometheusTelemetry = (
  healthCounts: HealthCounts,
  gauges: readonly ((registry: Registry) => void)[] = [],
): PrometheusTelemetry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'integration_requests_total',
    help: 'Integration calls by outcome',
    labelNames: ['service', 'operation', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'integration_request_duration_seconds',
    help: 'Duration of integration calls, trail included',
    labelNames: ['service', 'operation'],
    buckets: SECONDS,
    registers,
  });
  const hits = new Counter({
    name: 'integration_cache_hits_total',
    help: 'Answers from the cache',
    labelNames: ['service', 'operation'],
    registers,
  });
  const misses = new Counter({
    name: 'integration_cache_misses_total',
    help: 'Calls the cache had no fresh answer for',
    labelNames: ['service', 'operation'],
    registers,
  });
  const exceeded = new Counter({
    name: 'integration_rate_limits_exceeded_total',
    help: 'Calls refused by a quota of ours',
    labelNames: ['service'],
    registers,
  });
  const utilization = new Gauge({
    name: 'integration_rate_limit_utilization',
    help: 'Fullest window of the service asked last, 0 to 1',
    labelNames: ['service'],
    registers,
  });
  const providerCalls = new Counter({
    name: 'integration_provider_calls_total',
    help: 'Requests that left for a provider',
    labelNames: ['provider', 'operation', 'outcome'],
    registers,
  });
  const providerDurations = new Histogram({
    name: 'integration_provider_call_duration_seconds',
    help: 'Duration of requests to providers',
    labelNames: ['provider', 'operation'],
    buckets: SECONDS,
    registers,
  });
  const healthChanges = new Counter({
    name: 'integration_service_health_changes_total',
    help: 'Changes of health',
    labelNames: ['service', 'from', 'to'],
    registers,
  });
  new Gauge({
    name: 'integration_service_health',
    help: 'Services by provider and health',
    labelNames: ['service', 'status'],
    registers,
    async collect() {
      this.reset();
      for (const { service, status, count } of await healthCounts()) this.set({ service, status }, count);
    },
  });
  for (const register of gauges) register(registry);

  return {
    registry,
    expose: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    callFinished: ({ service, operation, status, durationMs }) => {
      requests.inc({ service, operation, status });
      durations.observe({ service, operation }, durationMs / 1000);
    },
    cacheLookup: ({ service, operation, hit }) => (hit ? hits : misses).inc({ service, operation }),
    providerCalled: ({ provider, operation, outcome, durationMs }) => {
      providerCalls.inc({ provider, operation, outcome });
      providerDurations.observe({ provider, operation }, durationMs / 1000);
    },
    rateLimitExceeded: (service) => exceeded.inc({ service }),
    rateLimitUtilization: (service, windows) => {
      const fullest = windows.reduce(
        (most, { used, limit }) => Math.max(most, limit === 0 ? 1 : used / limit),
        0,
      );
      utilization.set({ service }, fullest);
    },
    healthChanged: (service, from, to) => healthChanges.inc({ service, from, to }),
  };
};
