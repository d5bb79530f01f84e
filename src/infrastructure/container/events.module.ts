import { ContainerModule } from 'inversify';
import { memoryEventBus } from '../memory/memory-event-bus.ts';
import { outboxBacklog } from '../postgres/outbox/outbox-backlog.ts';
import { OutboxRelay } from '../postgres/outbox/outbox-relay.ts';
import { RabbitmqConnection } from '../rabbitmq/rabbitmq-connection.ts';
import { RabbitmqEventBus } from '../rabbitmq/rabbitmq-event-bus.ts';
import { askedInTime } from '../system/asked-in-time.ts';
import { brokerMetrics, eventMetrics } from '../telemetry/event-metrics.ts';
import { forwardingLines } from '../telemetry/forwarding-lines.ts';
import { SCRAPE_PATIENCE_MS } from '../telemetry/prometheus-telemetry.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, type Binding } from './identifiers.ts';

const bindBroker = ({ bind }: Binding): void => {
  bind(ids.broker)
    .toResolvedValue(
      ({ config, logger, sleep }, { registry }) => {
        if (config.rabbitmqUrl === undefined) return undefined;
        const connection = new RabbitmqConnection({
          url: config.rabbitmqUrl,
          logger,
          sleep,
          random: Math.random,
        });
        brokerMetrics(registry, connection);
        return connection;
      },
      [ids.platform, ids.telemetry],
    )
    .inSingletonScope();
};

const bindBus = ({ bind }: Binding): void => {
  bind(ids.eventMetrics)
    .toResolvedValue(
      ({ database, sleep }, { registry }) =>
        eventMetrics(
          registry,
          askedInTime(() => outboxBacklog(database), { sleep, withinMs: SCRAPE_PATIENCE_MS }),
        ),
      [ids.platform, ids.telemetry],
    )
    .inSingletonScope();

  bind(ids.bus)
    .toResolvedValue(
      ({ logger, sleep }, connection, { unroutable }) =>
        connection === undefined
          ? memoryEventBus({
              onFailedHandler: ({ type }, error) =>
                logger.warn('event handler failed', { type, ...errorFields(error) }),
            })
          : new RabbitmqEventBus({ connection, sleep, onUnroutable: unroutable }),
      [ids.platform, ids.broker, ids.eventMetrics],
    )
    .inSingletonScope();
};

const bindRelay = ({ bind }: Binding): void => {
  bind(ids.relay)
    .toResolvedValue(
      ({ database, clock, sleep, logger }, bus, { published, failed }) => {
        const { broken, works } = forwardingLines(logger, clock.monotonic);
        return new OutboxRelay({
          database,
          bus,
          clock,
          sleep,
          random: Math.random,
          onPublished: published,
          onRefused: ({ id, reason }, { type, managementcompanyid: tenant }) =>
            logger.warn('event set aside, the bus permanently refuses it', {
              tenant,
              type,
              event_id: id,
              reason,
            }),
          onFailed: (error) => {
            failed();
            broken(error);
          },
          onWorks: works,
        });
      },
      [ids.platform, ids.bus, ids.eventMetrics],
    )
    .inSingletonScope();
};

/** How events leave: through RabbitMQ where it is configured, or else over a bus inside this process. */
export const eventsModule = new ContainerModule((options) => {
  bindBroker(options);
  bindBus(options);
  bindRelay(options);
});
