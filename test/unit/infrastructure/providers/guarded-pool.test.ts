import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exchange } from '../../../../src/infrastructure/providers/exchange.ts';
import { guardedPool } from '../../../../src/infrastructure/providers/guarded-pool.ts';

/** Every name resolves to this address. */
const guard: Parameters<typeof guardedPool>[0]['guard'] = {
  connectRefusal: () => undefined,
  lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
};

describe('connections to providers', () => {
  const server = createServer((req, res) => (req.url === '/late' ? server.emit('late', res) : res.end('{}')));
  const pool = guardedPool({ guard, connectTimeoutMs: 5_000, maxAnswerBytes: 1_000 });
  const ask = (name: string, path = '/', signal = new AbortController().signal) => {
    const origin = `http://${name}.test:${(server.address() as AddressInfo).port}`;
    const limits = { timeoutMs: 60_000, signal, onSending: undefined, mayHold: undefined };
    return exchange(pool, { origin, path, method: 'GET', headers: {}, body: null }, limits);
  };
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    pool.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('are forgotten of all but 500 origins, and what is under way to one of the others is still answered', async () => {
    const held = once(server, 'late') as Promise<[ServerResponse]>;
    const answer = ask('first', '/late');
    const [late] = await held;
    for (let n = 0; n < 520; n += 20)
      await Promise.all(Array.from({ length: 20 }, (_, place) => ask(`provider-${n + place}`)));
    expect(pool.origins()).to.equal(500);
    late.end('{}');
    expect((await answer).status).to.equal(200);
  });
});
