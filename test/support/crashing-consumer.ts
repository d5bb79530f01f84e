// A process that receives a command and crashes while handling it. Usage: node crashing-consumer.ts <url of the broker>
import { retryDelaysMs } from '../../src/application/command-queue.ts';
import { RabbitmqCommandQueue } from '../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import { RabbitmqConnection } from '../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { systemClock, systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../src/infrastructure/system/system-ids.ts';
import { silentLogger } from '../../src/infrastructure/telemetry/winston-logger.ts';

const [url = ''] = process.argv.slice(2);
const shared = { logger: silentLogger, sleep: systemSleep };
const connection = new RabbitmqConnection({ ...shared, url, random: Math.random });
connection.start();
new RabbitmqCommandQueue({
  ...shared,
  connection,
  queue: 'integration.commands',
  prefetch: 1,
  retryDelaysMs,
  clock: systemClock,
  ids: systemIds,
  onAnswerDropped: () => undefined,
}).consume(() => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
});
