import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { RabbitmqEventBus } from '../../../src/infrastructure/rabbitmq/rabbitmq-event-bus.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

export type BusOnBroker = {
  readonly bus: RabbitmqEventBus;
  readonly connection: RabbitmqConnection;
  /** The types of the events for which no queue was bound. */
  readonly unroutable: readonly string[];
  readonly logger: ReturnType<typeof recordingLogger>;
};

/** An event bus that is ready to publish, on its own connection. */
export const busOn = async (
  url: string,
  names?: { readonly exchange: string; readonly unrouted: string },
): Promise<BusOnBroker> => {
  const logger = recordingLogger();
  const unroutable: string[] = [];
  const connection = new RabbitmqConnection({ url, logger, sleep: systemSleep, random: () => 0 });
  const bus = new RabbitmqEventBus({
    connection,
    sleep: systemSleep,
    onUnroutable: (type) => void unroutable.push(type),
    ...(names && { names }),
  });
  connection.start();
  await bus.whenReady(new AbortController().signal);
  return { bus, connection, unroutable, logger };
};
