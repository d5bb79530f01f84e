import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CloudEvent } from '../../application/event-bus.ts';
import { integrationEventTypes } from '../../domain/shared/integration-event.ts';

/** Undefined: not known at the moment. */
export type OutboxBacklog = () => Promise<
  | {
      readonly rows: number;
      readonly setAside: number;
      readonly oldestAgeSeconds: number;
      readonly oldestAttempts: number;
    }
  | undefined
>;
export type BrokerState = {
  readonly isUp: boolean;
  readonly isBlocked: boolean;
  /** Names of users whose channel is missing. */
  readonly withoutChannel: readonly string[];
};

export type EventMetrics = {
  readonly published: (events: readonly CloudEvent[], durationMs: number) => void;
  readonly unroutable: (type: string) => void;
  readonly failed: () => void;
};

/** For a batch: from a millisecond with a healthy broker to the time-out of the publisher confirms. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Metrics of events on their way to the bus. All workers see the same outbox, so the largest value counts, not the sum.
 */
export const eventMetrics = (registry: Registry, backlog: OutboxBacklog): EventMetrics => {
  const registers = [registry];
  outboxGauges(registers, backlog);
  const published = new Counter({
    name: 'integration_events_published_total',
    help: 'Events the bus has taken over',
    labelNames: ['type'],
    registers,
  });
  const unroutable = new Counter({
    name: 'integration_events_unroutable_total',
    help: 'Events no queue was bound for, kept in integration.events.unrouted',
    labelNames: ['type'],
    registers,
  });
  const failures = new Counter({
    name: 'integration_events_publish_failures_total',
    help: 'Batches the bus did not confirm; their events are sent again',
    registers,
  });
  const durations = new Histogram({
    name: 'integration_events_publish_duration_seconds',
    help: 'From handing a batch of events to the bus until all of it is confirmed',
    buckets,
    registers,
  });
  for (const type of integrationEventTypes)
    for (const counter of [published, unroutable]) counter.inc({ type }, 0);
  return {
    published: (events, durationMs) => {
      durations.observe(durationMs / 1000);
      for (const { type } of events) published.inc({ type });
    },
    unroutable: (type) => unroutable.inc({ type }),
    failed: () => failures.inc(),
  };
};

type Backlog = NonNullable<Awaited<ReturnType<OutboxBacklog>>>;

const outboxGauges = (registers: Registry[], backlog: OutboxBacklog): void => {
  let asked: ReturnType<OutboxBacklog> | undefined;
  // All gauges of a scrape are collected at the same time and share one query.
  const look = (): ReturnType<OutboxBacklog> =>
    (asked ??= backlog().finally(() => {
      asked = undefined;
    }));
  const gauge = (name: string, help: string, pick: (found: Backlog) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      aggregator: 'max',
      async collect() {
        const found = await look();
        // No value is better than an outdated one.
        if (found === undefined) this.remove();
        else this.set(pick(found));
      },
    });
  };
  gauge(
    'integration_outbox_rows',
    'Rows of events that wait for the bus; one row may hold the events of many calls',
    ({ rows }) => rows,
  );
  gauge(
    'integration_outbox_oldest_age_seconds',
    'Age of the oldest events that wait for the bus',
    ({ oldestAgeSeconds }) => oldestAgeSeconds,
  );
  gauge(
    'integration_outbox_oldest_attempts',
    'How often the oldest events that wait for the bus were sent in vain',
    ({ oldestAttempts }) => oldestAttempts,
  );
  gauge(
    'integration_outbox_set_aside_rows',
    'Rows of the outbox that the bus will never take, kept for inspection',
    ({ setAside }) => setAside,
  );
};

/** Only where a broker is configured, since nothing else can be away. */
export const brokerMetrics = (registry: Registry, broker: BrokerState): void => {
  const gauge = (name: string, help: string, aggregator: 'min' | 'max', value: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      aggregator,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('integration_broker_up', 'Whether this process is connected to RabbitMQ', 'min', () =>
    broker.isUp ? 1 : 0,
  );
  gauge(
    'integration_broker_blocked',
    'Whether RabbitMQ has told this process to publish nothing for now',
    'max',
    () => (broker.isBlocked ? 1 : 0),
  );
  // Without a connection, or during a block, no channel can be opened; the gauges above show both.
  gauge(
    'integration_broker_channels_missing',
    'Channels that cannot be opened although RabbitMQ is there and takes messages',
    'max',
    () => (broker.isUp && !broker.isBlocked ? broker.withoutChannel.length : 0),
  );
};
