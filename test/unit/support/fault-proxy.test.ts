import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts';
import { until } from '../../support/until.ts';

const LETTERS = Array.from({ length: 2_000 }, (_, n) => String.fromCodePoint(0x4e00 + n));

describe('the proxy that does to connections what networks do', () => {
  const server = createServer((socket) => socket.setEncoding('utf8').on('data', (text) => (heard += text)));
  let heard = '';
  let proxy: FaultProxy;
  let client: Socket;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startFaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    client = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
    await once(client, 'connect');
  });
  after(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });

  it('keeps the order of what it delays, also while the delay ends', async () => {
    proxy.delay(50);
    for (const [n, letter] of LETTERS.entries()) {
      if (n === LETTERS.length / 2) proxy.pass();
      client.write(letter);
      await turn();
    }
    await until(
      async () => heard.length,
      (length) => length === LETTERS.length,
    );
    expect(heard).to.equal(LETTERS.join(''));
  });
});
