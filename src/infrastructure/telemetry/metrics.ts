import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { moneyCounter } from './money-counter.ts';

/**
 * From half a millisecond (a hit) to ten seconds (the longest deadline); the targets 0.2 (a hit) and 0.5 are bucket
 * bounds.
 */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2.5, 5, 10];

const counter = (registry: Registry, name: string, help: string, labelNames: string[]) =>
  new Counter({ name, help, labelNames, registers: [registry] });
const seconds = (registry: Registry, name: string, help: string, labelNames: string[]) =>
  new Histogram({ name, help, labelNames, buckets, registers: [registry] });

export type HealthCounts = () => Promise<
  readonly { readonly service: string; readonly status: string; readonly count: number }[]
>;

/**
 * Names and labels that were agreed with sibling services before there was code. `service` is the provider: a closed
 * set.
 */
export const agreedMetrics = (registry: Registry, healthCounts: HealthCounts) => ({
  requests: counter(registry, 'integration_requests_total', 'Integration calls by outcome', [
    'service',
    'operation',
    'status',
  ]),
  durations: seconds(
    registry,
    'integration_request_duration_seconds',
    'Duration of integration calls, trail included',
    ['service', 'operation'],
  ),
  hits: counter(registry, 'integration_cache_hits_total', 'Answers from the cache', ['service', 'operation']),
  misses: counter(registry, 'integration_cache_misses_total', 'Calls the cache had no fresh answer for', [
    'service',
    'operation',
  ]),
  exceeded: counter(registry, 'integration_rate_limits_exceeded_total', 'Calls refused by a quota of ours', [
    'service',
  ]),
  health: new Gauge({
    name: 'integration_service_health',
    help: 'Active services by provider and health, over all tenants',
    labelNames: ['service', 'status'],
    // Read from the database, so each worker reports the same: a sum would count every service several times.
    aggregator: 'first',
    registers: [registry],
    async collect() {
      const counts = await healthCounts();
      this.reset();
      for (const { service, status, count } of counts) this.set({ service, status }, count);
    },
  }),
});

/** Further metrics for operators. */
export const furtherMetrics = (registry: Registry) => ({
  providerCalls: counter(registry, 'integration_provider_calls_total', 'Requests that left for a provider', [
    'provider',
    'operation',
    'outcome',
  ]),
  providerDurations: seconds(
    registry,
    'integration_provider_call_duration_seconds',
    'Duration of requests to providers',
    ['provider', 'operation'],
  ),
  callCosts: moneyCounter(registry),
  unknownWrites: counter(
    registry,
    'integration_writes_unknown_total',
    'Writes answered with outcome-unknown: nobody knows whether they were made',
    ['service', 'operation'],
  ),
  healthChanges: counter(registry, 'integration_service_health_changes_total', 'Changes of health', [
    'service',
    'from',
    'to',
  ]),
});

export const redisMetrics = (registry: Registry) => ({
  up: new Gauge({
    name: 'integration_redis_up',
    help: '1 while Redis answers',
    // Of several workers, the one that does not reach it counts.
    aggregator: 'min',
    registers: [registry],
  }),
  failures: counter(
    registry,
    'integration_redis_failures_total',
    'Redis commands that failed or were given up',
    ['operation'],
  ),
});

export const commandMetrics = (registry: Registry) => ({
  commands: counter(
    registry,
    'integration_commands_total',
    'Commands of the bus by what became of a delivery',
    ['command', 'outcome'],
  ),
  durations: seconds(
    registry,
    'integration_command_duration_seconds',
    'Duration of a delivery, receipts included, delays between tries not',
    ['command'],
  ),
  answersDropped: counter(
    registry,
    'integration_command_answers_dropped_total',
    'Answers to commands for a queue that is gone or takes nothing',
    [],
  ),
});

export const limiterMetrics = (registry: Registry) => ({
  fallbacks: counter(
    registry,
    'integration_rate_limiter_fallback_total',
    "Calls counted against this replica's share of a quota, without Redis",
    ['service'],
  ),
});
