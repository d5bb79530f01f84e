import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bindEventQueue } from '../../test/support/event-queue.ts';
import { startFaultProxy, type FaultProxy } from '../../test/support/fault-proxy.ts';
import { startPrivateBroker } from '../../test/support/private-broker.ts';
import { atEnd } from './at-end.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * A RabbitMQ with its files on a disk, a durable queue for every event, and a proxy in front of it that can cause
 * faults.
 */
export type Broker = { readonly url: string; readonly proxiedUrl: string; readonly proxy: FaultProxy };

export const startBroker = async (): Promise<Broker> => {
  const path = join(temporaryFolder(), 'rabbitmq');
  mkdirSync(path);
  const broker = await startPrivateBroker({ path, remove: () => undefined });
  atEnd(broker.dispose);
  await bindEventQueue({
    url: broker.url,
    queue: 'bench',
    bind: { exchange: 'integration.events', pattern: '#' },
  });
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: broker.port });
  atEnd(proxy.close);
  return { url: broker.url, proxiedUrl: `amqp://guest:guest@127.0.0.1:${proxy.port}`, proxy };
};
