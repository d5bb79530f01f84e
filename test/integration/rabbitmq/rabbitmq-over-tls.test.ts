import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { tlsFiles } from '../../support/tls-files.ts';
import { startTlsSpoiler } from '../../support/tls-spoiler.ts';
import { until } from '../../support/until.ts';

describe('the connection to a RabbitMQ over TLS with an untrusted certificate', () => {
  let server: Server;
  before(async () => {
    const [cert, key] = [readFileSync(tlsFiles.certificate), readFileSync(tlsFiles.key)];
    server = createServer({ cert, key }, (socket) => socket.on('error', () => undefined));
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  after(() => server.close());

  // An `error` event without a listener ends the process, and here the test.
  it('keeps trying when that violates the protocol as well, and reports the reason once', async () => {
    const spoiler = await startTlsSpoiler((server.address() as AddressInfo).port, true);
    const logger = recordingLogger();
    const url = `amqps://127.0.0.1:${spoiler.port}`;
    const connection = new RabbitmqConnection({ url, logger, sleep: systemSleep, random: () => 0 });
    connection.start();
    await until(
      async () => spoiler.gone(),
      (clients) => clients > 3,
    );
    expect(logger.lines).to.have.length(1);
    expect(logger.lines[0]?.fields).to.include({ error_code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await connection.close();
    await spoiler.close();
  });
});
