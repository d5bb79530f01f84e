import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressKey, keyAskedFor } from '../../../bench/load/added-latency.ts';
import type { OpenLoop } from '../../../bench/load/job.ts';
import { run } from '../../../bench/load/loops.ts';
import { addressAt } from '../../../bench/load/requests.ts';
import { waitingLine } from '../../../bench/load/waiting-line.ts';

describe('the waiting line of an open loop', () => {
  it('gives a due request to a free connection, and makes it wait for one where none is free', () => {
    const line = waitingLine();
    const sent: (readonly [due: number, hasWaited: boolean])[] = [];
    const send = (due: number, hasWaited: boolean): void => void sent.push([due, hasWaited]);
    line.onFree(send);
    for (const due of [10, 20, 30]) line.onDue(due);
    expect(sent).to.deep.equal([[10, false]]);
    line.onFree(send);
    line.onFree(send);
    line.onFree(send);
    line.onDue(40);
    expect(sent.slice(1)).to.deep.equal([
      [20, true],
      [30, true],
      [40, false],
    ]);
  });
});

describe('an open loop', () => {
  let server: Server;

  beforeEach(async () => {
    // The first request is answered after all the others, which share the other connection.
    const first = addressKey(addressAt(0));
    let held: ServerResponse | undefined;
    let seen = 0;
    server = createServer((request, response) => {
      seen += 1;
      if (keyAskedFor(request.url ?? '') === first) held = response;
      else response.setHeader('Content-Length', 2).end('ok');
      if (seen === 4) held?.setHeader('Content-Length', 2).end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const job = (): OpenLoop => ({
    kind: 'open',
    target: { kind: 'google', key: 'k', port: (server.address() as AddressInfo).port },
    addresses: { kind: 'distinct', from: 0 },
    connections: 2,
    perSecond: 1_000,
    durationMs: 4,
  });

  it('keeps each latency by the number of its request when asked to, whatever the order of the answers', async () => {
    const { answers, statuses, each } = await run({ ...job(), keepsEach: true });
    expect({ answers, statuses }).to.deep.equal({ answers: 4, statuses: { 200: 4 } });
    const [first = 0, ...others] = each ?? [];
    expect(others).to.have.length(3);
    expect(Math.min(...others)).to.be.above(0);
    expect(first).to.be.above(others[0] ?? Number.POSITIVE_INFINITY);
  });

  it('keeps no latencies otherwise', async () => {
    expect(await run(job())).not.to.have.property('each');
  });
});
