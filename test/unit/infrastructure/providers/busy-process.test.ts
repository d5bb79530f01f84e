import { expect } from 'chai';
import { Worker } from 'node:worker_threads';
import { providerHttp } from '../../../../src/infrastructure/providers/provider-http.ts';
import { outboundPolicy } from '../../../../src/infrastructure/security/outbound-policy.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { anAccess, answered } from '../../../support/provider-access.ts';

/** Far longer than another process may take the core away while the request is sent. */
const LIMIT_MS = 400;

/** A provider in a separate thread, which continues while this one is blocked; it counts its answers. */
const PROVIDER = `
const { parentPort, workerData } = require('node:worker_threads');
const answers = new Int32Array(workerData);
const server = require('node:http').createServer((_, response) => {
  response.end('{"ok":true}', () => {
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

const startedProvider = async () => {
  const shared = new SharedArrayBuffer(8);
  const worker = new Worker(PROVIDER, { eval: true, workerData: shared });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const answers = new Int32Array(shared);
  return {
    url: `http://127.0.0.1:${port}`,
    /** Blocks this thread until the answer is on its way, for longer than the time-out. */
    blockBeyondLimit: (answersBefore: number): void => {
      Atomics.wait(answers, 0, answersBefore, 5_000);
      Atomics.wait(answers, 1, 0, LIMIT_MS + 50);
    },
    stop: () => worker.terminate(),
  };
};

describe('A process that was busy longer than it meant to wait for a provider', () => {
  it('accepts the answer that arrived meanwhile, on an open connection and on a new one', async () => {
    const provider = await startedProvider();
    const guard = outboundPolicy({ allowPrivate: true });
    const http = providerHttp({ guard, clock: fixedClock(), version: '1', connectTimeoutMs: LIMIT_MS });
    const ask = (timeoutMs: number, onSending?: () => void) =>
      http.send(anAccess({ timeoutMs }), {
        method: 'GET',
        url: provider.url,
        ...(onSending && { onSending }),
      });
    try {
      const first = ask(5_000);
      // Runs after the code that requests the connection, and before any timer.
      process.nextTick(() => provider.blockBeyondLimit(1));
      expect(answered(await first).status).to.equal(200);
      const second = ask(LIMIT_MS, () => process.nextTick(() => provider.blockBeyondLimit(1)));
      expect(answered(await second).status).to.equal(200);
    } finally {
      http.close();
      await provider.stop();
    }
  });
});
