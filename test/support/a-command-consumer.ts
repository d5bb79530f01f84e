import type { CommandHandler, CommandMessage } from '../../src/application/command-queue.ts';
import type { CommandReceipts } from '../../src/application/command-receipts.ts';
import type { CommandTelemetry } from '../../src/application/telemetry.ts';
import type { Tracing } from '../../src/application/tracing.ts';
import { commandConsumer } from '../../src/interfaces/amqp/command-consumer.ts';
import type { CommandLogFields } from '../../src/interfaces/amqp/command-logger.ts';
import { anExternalService, NOON } from './an-external-service.ts';
import { fakeApplication, type FakeApplication } from './fake-application.ts';
import { fixedClock, type FixedClock } from './fixed-clock.ts';
import { memoryCommandReceipts } from './memory-command-receipts.ts';
import { sequentialIds } from './sequential-ids.ts';
import { LostDatabase } from './with-http-server.ts';

export type CommandLogLine = CommandLogFields & { readonly level: 'info' | 'warn' | 'error' };
export type FinishedCommand = Parameters<CommandTelemetry['commandFinished']>[0];

export type ConsumerUnderTest = {
  readonly consume: CommandHandler;
  readonly application: FakeApplication;
  readonly receipts: CommandReceipts;
  readonly clock: FixedClock;
  readonly lines: readonly CommandLogLine[];
  readonly finished: readonly FinishedCommand[];
};

export const RENEW_EVERY_MS = 5_000;

/** A geocode command for the tenant that has a service, on its first delivery. */
export const aCommandMessage = (
  change: Partial<Omit<CommandMessage, 'body'>> & { readonly body?: unknown } = {},
): CommandMessage => {
  const { body: given = { address: 'Ташкент' }, ...more } = change;
  const body =
    given instanceof Uint8Array
      ? given
      : Buffer.from(typeof given === 'string' ? given : JSON.stringify(given));
  return {
    type: 'integration.command.geocode',
    messageId: 'order-17',
    correlationId: undefined,
    replyTo: 'answers',
    appId: 'request-service',
    userId: 'guest',
    contentEncoding: undefined,
    headers: { management_company_id: 'uk_company_1' },
    body,
    bodyBytes: body.byteLength,
    retries: 0,
    retriesLeft: 4,
    returns: 0,
    returnsInARow: 0,
    isMovedBack: false,
    ...more,
  };
};

/** The command consumer with a fake application behind it, whose tenant has one service. */
export const aCommandConsumer = (
  receiptsOf: (clock: FixedClock) => CommandReceipts = memoryCommandReceipts,
  tracing?: Tracing,
): ConsumerUnderTest => {
  const clock = fixedClock(NOON);
  const ids = sequentialIds();
  const application = fakeApplication(clock, ids);
  const service = anExternalService();
  application.services.set(service.id, service);
  const lines: CommandLogLine[] = [];
  const finished: FinishedCommand[] = [];
  const receipts = receiptsOf(clock);
  const consume = commandConsumer({
    application,
    receipts,
    clock,
    sleep: clock.sleep,
    ids,
    renewEveryMs: RENEW_EVERY_MS,
    telemetry: { commandFinished: (command) => void finished.push(command) },
    logger: {
      info: (fields) => lines.push({ ...fields, level: 'info' }),
      warn: (fields) => lines.push({ ...fields, level: 'warn' }),
      error: (fields) => lines.push({ ...fields, level: 'error' }),
    },
    tracing,
    isDependencyLost: (error) => error instanceof LostDatabase,
  });
  return { consume, application, receipts, clock, lines, finished };
};
