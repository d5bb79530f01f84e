import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { CloudEvent } from '../../../../src/application/event-bus.ts';
import { integrationEventTypes } from '../../../../src/domain/shared/integration-event.ts';
import {
  brokerMetrics,
  eventMetrics,
  type OutboxBacklog,
} from '../../../../src/infrastructure/telemetry/event-metrics.ts';

const event = (type: CloudEvent['type']): CloudEvent => ({ type }) as CloudEvent;
const counted = async (backlog: OutboxBacklog) => {
  const registry = new Registry();
  return { metrics: eventMetrics(registry, backlog), text: () => registry.metrics() };
};

describe('metrics of events', () => {
  const backlog = async () => ({ rows: 7, setAside: 2, oldestAgeSeconds: 1.5, oldestAttempts: 3 });

  it('have every type from the start, so that a rate sees the first event', async () => {
    const { text } = await counted(backlog);
    const exposed = await text();
    for (const type of integrationEventTypes)
      for (const name of ['published', 'unroutable'])
        expect(exposed).to.include(`integration_events_${name}_total{type="${type}"} 0`);
  });

  it('count what was published, by type, and how long each batch took', async () => {
    const { metrics, text } = await counted(backlog);
    metrics.published([event('integration.cache.hit'), event('integration.cache.hit')], 20);
    metrics.published([event('integration.cache.miss')], 300);
    metrics.unroutable('integration.cache.miss');
    metrics.failed();
    const exposed = await text();
    expect(exposed).to.include('integration_events_published_total{type="integration.cache.hit"} 2');
    expect(exposed).to.include('integration_events_unroutable_total{type="integration.cache.miss"} 1');
    expect(exposed).to.include('integration_events_publish_failures_total 1');
    expect(exposed).to.include('integration_events_publish_duration_seconds_bucket{le="0.025"} 1');
    expect(exposed).to.include('integration_events_publish_duration_seconds_sum 0.32');
  });

  it('say how much waits in the outbox, and nothing when that is not known', async () => {
    let known = true;
    let looks = 0;
    const { text } = await counted(async () => {
      looks += 1;
      return known ? backlog() : undefined;
    });
    const exposed = await text();
    expect(exposed).to.match(/^integration_outbox_rows 7$/m);
    expect(exposed).to.match(/^integration_outbox_set_aside_rows 2$/m);
    expect(exposed).to.match(/^integration_outbox_oldest_age_seconds 1.5$/m);
    expect(exposed).to.match(/^integration_outbox_oldest_attempts 3$/m);
    expect(looks).to.equal(1);
    known = false;
    expect(await text()).not.to.match(/^integration_outbox_\w+ \d/m);
  });

  it('follow the state of the broker', async () => {
    const registry = new Registry();
    const broker = { isUp: true, isBlocked: true, withoutChannel: [] as string[] };
    brokerMetrics(registry, broker);
    expect(await registry.metrics())
      .to.match(/^integration_broker_up 1$/m)
      .and.match(/^integration_broker_blocked 1$/m)
      .and.match(/^integration_broker_channels_missing 0$/m);
    Object.assign(broker, { isBlocked: false, withoutChannel: ['commands'] });
    expect(await registry.metrics())
      .to.match(/^integration_broker_blocked 0$/m)
      .and.match(/^integration_broker_channels_missing 1$/m);
  });

  it('leave channels alone that nobody can open while the broker is away', async () => {
    const registry = new Registry();
    brokerMetrics(registry, { isUp: false, isBlocked: false, withoutChannel: ['events', 'commands'] });
    expect(await registry.metrics())
      .to.match(/^integration_broker_up 0$/m)
      .and.match(/^integration_broker_channels_missing 0$/m);
  });

  it('leave channels alone that nobody can open while the broker takes nothing', async () => {
    const registry = new Registry();
    brokerMetrics(registry, { isUp: true, isBlocked: true, withoutChannel: ['events', 'commands'] });
    expect(await registry.metrics())
      .to.match(/^integration_broker_blocked 1$/m)
      .and.match(/^integration_broker_channels_missing 0$/m);
  });
});
