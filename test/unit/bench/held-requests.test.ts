import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { heldRequests, type HeldRequests } from '../../../bench/rivals/held-requests.ts';

describe('held requests', () => {
  let held: HeldRequests;
  let server: Server;
  let handledMs: number;

  beforeEach(async () => {
    held = heldRequests();
    server = createServer((_, response) => {
      const since = performance.now();
      setImmediate(() => {
        response.writeHead(200);
        handledMs = performance.now() - since;
        response.end('answer');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    held.take();
    server.close();
    server.closeAllConnections();
  });

  const ask = async (path: string): Promise<number> => {
    const since = performance.now();
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    expect(await answer.text()).to.equal('answer');
    return performance.now() - since;
  };

  it('are noted with what they asked for and how long they were held', async () => {
    held.note();
    const seenMs = await ask('/a?address=1');
    const [one, ...more] = held.take();
    expect(more).to.deep.equal([]);
    expect(one?.path).to.equal('/a?address=1');
    expect(one?.ms).to.be.within(handledMs, seenMs);
  });

  it('are noted only between being told to and handing them over, and are forgotten then', async () => {
    await ask('/before');
    held.note();
    await ask('/while');
    expect(held.take().map(({ path }) => path)).to.deep.equal(['/while']);
    await ask('/after');
    expect(held.take()).to.deep.equal([]);
  });

  it('start again empty when told to', async () => {
    held.note();
    await ask('/first');
    held.note();
    await ask('/second');
    expect(held.take().map(({ path }) => path)).to.deep.equal(['/second']);
  });
});
