import { expect } from 'chai';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startGateway, type Gateway } from '../support/gateway.ts';

const CALLERS = 1_000;
const CONNECTED_WITHIN_MS = 60_000;
const REQUEST = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

describe('A service whose machine stalls it', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startGateway()));
  after(() => gateway.stop());

  /**
   * Connects and sends at once. The service is stopped meanwhile: connections beyond the kernel's accept queue never
   * succeed, however long that takes. The test, itself delayed, learns of the others when it runs again.
   */
  const called = async (port: number): Promise<Socket | undefined> => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECTED_WITHIN_MS) });
      socket.write(REQUEST);
      return socket;
    } catch {
      socket.destroy();
      return undefined;
    }
  };
  const answerTo = async (socket: Socket | undefined): Promise<string> => {
    let text = '';
    for await (const chunk of socket ?? []) text += String(chunk);
    return text.slice(0, 'HTTP/1.1 200'.length);
  };

  it('answers a thousand clients that connect meanwhile as soon as it continues', async () => {
    const { pid, url } = gateway.service();
    const port = Number(new URL(url).port);
    process.kill(pid, 'SIGSTOP');
    const sockets = await Promise.all(Array.from({ length: CALLERS }, () => called(port))).finally(() =>
      process.kill(pid, 'SIGCONT'),
    );
    const answers = await Promise.all(sockets.map(answerTo));
    expect(answers.filter((answer) => answer === 'HTTP/1.1 200')).to.have.length(CALLERS);
  });
});
