import { ContainerModule } from 'inversify';
import { retryDelaysMs, type CommandQueue } from '../../application/command-queue.ts';
import type { CommandTelemetry } from '../../application/telemetry.ts';
import { MemoryCommandBus } from '../memory/memory-command-bus.ts';
import { postgresCommandReceipts } from '../postgres/idempotency/postgres-command-receipts.ts';
import { RabbitmqCommandQueue } from '../rabbitmq/rabbitmq-command-queue.ts';
import type { RabbitmqConnection } from '../rabbitmq/rabbitmq-connection.ts';
import { prometheusCommandTelemetry } from '../telemetry/command-telemetry.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, type Platform } from './identifiers.ts';

const QUEUE = 'integration.commands';
/** How long a command waits whose consumer crashed; its lease is renewed three times within this. */
const LEASE_MS = 15_000;
export const RENEW_LEASE_EVERY_MS = 5_000;

const queueOn = (
  { config, clock, sleep, logger, databaseWatch: means, ids: idSource }: Platform,
  connection: RabbitmqConnection | undefined,
  { commandAnswerDropped: onAnswerDropped }: CommandTelemetry,
): CommandQueue => {
  const shared = { retryDelaysMs, sleep, means, onAnswerDropped };
  const prefetch = config.commandPrefetch;
  if (connection !== undefined)
    return new RabbitmqCommandQueue({
      ...shared,
      connection,
      queue: QUEUE,
      prefetch,
      clock,
      ids: idSource,
      logger,
    });
  const onNotSettled = (error: unknown): void =>
    logger.warn('command not settled, it will be redelivered', errorFields(error));
  return new MemoryCommandBus({ ...shared, onNotSettled }).queue(prefetch);
};

/** How commands come in: from RabbitMQ, or, without a broker, from within this process. */
export const commandsModule = new ContainerModule(({ bind }) => {
  bind(ids.commandTelemetry)
    .toResolvedValue(({ registry }) => prometheusCommandTelemetry(registry), [ids.telemetry])
    .inSingletonScope();

  bind(ids.commandReceipts)
    .toResolvedValue(
      ({ database, ids: idSource }) =>
        postgresCommandReceipts({ database, ids: idSource, leaseMs: LEASE_MS }),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.commandQueue)
    .toResolvedValue(
      (platform, connection, telemetry) => queueOn(platform, connection, telemetry),
      [ids.platform, ids.broker, ids.commandTelemetry],
    )
    .inSingletonScope();
});
