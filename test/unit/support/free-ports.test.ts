import { expect } from 'chai';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { freePorts } from '../../support/free-ports.ts';

/** From here on Linux gives them to whoever connects, or listens on any. */
const GIVEN_AWAY = 32_768;
const BUS_OF_A_CLUSTER = 10_000;

describe('freePorts', () => {
  it('names different ones that can be listened on', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports)).to.have.property('size', 20);
    for (const port of ports) {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      server.close();
    }
  });

  it('names none that somebody else gets while a server is stopped that is to start on it again', async () => {
    const ports = await freePorts(200);
    expect(Math.max(...ports) + BUS_OF_A_CLUSTER).to.be.below(GIVEN_AWAY);
  });
});
