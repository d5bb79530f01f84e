import { expect } from 'chai';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { right } from '../../../../src/domain/shared/fp.ts';
import { aReport } from '../../../support/a-call-report.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

/** Longer than anything here takes. */
const HOURS = 10_000_000;

type Answer = { readonly status: number; readonly message: IncomingMessage; readonly text: string };

describe('a graceful stop', () => {
  let server: RunningServer;
  let go: () => void;
  let hasBegun: Promise<void>;
  const agent = new Agent({ keepAlive: true });

  beforeEach(async () => {
    server = await startHttpServer();
    let begin = (): void => undefined;
    hasBegun = new Promise((resolve) => {
      begin = resolve;
    });
    server.application.queries.geocodeAddress = async () => {
      begin();
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return right({ value: { matches: [], attribution: '' }, report: aReport() });
    };
  });
  after(() => agent.destroy());

  /** Over kept-alive connections, and without fetch's own retries. */
  const ask = (method: string, path: string, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: 'Bearer admin',
        'x-management-company-id': 'uk_company_1',
        'content-type': 'application/json',
      };
      const sent = request(server.url + path, { method, headers, agent }, (message) => {
        let text = '';
        message.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        message.on('end', () => resolve({ status: message.statusCode ?? 0, message, text }));
      });
      sent.on('error', reject).end(body);
    });

  it('finishes requests in progress, accepts no new connection, refuses new requests on open ones, and closes them', async () => {
    await Promise.all([1, 2, 3, 4].map(() => ask('GET', '/health/live')));
    const running = ask('POST', '/geocoding/geocode', '{"address":"a"}');
    await hasBegun;
    const stopped = server.http.close(10_000);
    // A load balancer may send any request elsewhere, and fast answers must not attract any here.
    const stranger = await fetch(`${server.url}/health/live`).catch((error: Error) => error.cause);
    expect(stranger).to.include({ code: 'ECONNREFUSED' });
    const [ready, live, refused] = await Promise.all([
      ask('GET', '/health/ready'),
      ask('GET', '/health/live'),
      ask('GET', '/services'),
    ]);
    expect([ready.status, ready.text]).to.deep.equal([503, '{"status":"stopping"}']);
    expect(live.status).to.equal(200);
    expect(refused.status).to.equal(503);
    expect(JSON.parse(refused.text)).to.include({ code: 'unavailable' });
    expect(refused.message.headers).to.include({ connection: 'close' });
    expect(Number(refused.message.headers['retry-after'])).to.be.at.least(1);
    go();
    const answered = await running;
    expect([answered.status, answered.message.headers.connection]).to.deep.equal([200, 'close']);
    await stopped;
    const late = await ask('GET', '/health/live').catch((error: NodeJS.ErrnoException) => error.code);
    expect(late).to.equal('ECONNREFUSED');
  });

  it('cuts off what outlives the grace time', async () => {
    const running = ask('POST', '/geocoding/geocode', '{"address":"a"}').catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    await hasBegun;
    await server.http.close(1);
    expect(await running).to.equal('ECONNRESET');
    go();
  });

  it('drains first: readiness says so, everything is answered, and each answer closes its connection', async () => {
    await ask('GET', '/health/live');
    const drained = server.http.drain(300);
    const [ready, kept] = [await ask('GET', '/health/ready'), await ask('GET', '/services')];
    expect([ready.status, ready.text]).to.deep.equal([503, '{"status":"stopping"}']);
    expect([kept.status, kept.message.headers.connection]).to.deep.equal([200, 'close']);
    const running = ask('POST', '/geocoding/geocode', '{"address":"a"}');
    await hasBegun;
    await drained;
    const stopped = server.http.close(10_000);
    go();
    expect((await running).status).to.equal(200);
    await stopped;
  });

  it('goes on draining for those who asked while this process was held up', async () => {
    const heldUpMs = 400;
    const stopped = server.http.drain(300).then(() => server.http.close(10_000));
    const since = performance.now();
    const asked = Promise.all([ask('GET', '/services'), ask('GET', '/services')]);
    while (performance.now() - since < heldUpMs);
    const ready = await ask('GET', '/health/ready');
    expect([ready.status, ready.text]).to.deep.equal([503, '{"status":"stopping"}']);
    expect((await asked).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect((await ask('GET', '/services')).status).to.equal(200);
    await stopped;
    expect(performance.now() - since).to.be.greaterThan(heldUpMs + 100);
  });

  it('does so where it was held up at the very end of the time', async () => {
    const stopped = server.http.drain(20).then(() => server.http.close(10_000));
    const since = performance.now();
    const asked = Promise.all([ask('GET', '/services'), ask('GET', '/services')]);
    while (performance.now() - since < 200);
    expect((await asked).map(({ status }) => status)).to.deep.equal([200, 200]);
    await stopped;
  });

  it('still answers those who asked while it was suspended for longer than it may drain', async () => {
    const now = performance.now.bind(performance);
    const since = now();
    try {
      const stopped = server.http.drain(1_000).then(() => server.http.close(10_000));
      const asked = Promise.all([ask('GET', '/services'), ask('GET', '/services')]);
      while (now() - since < 200);
      performance.now = () => now() + 60_000;
      expect((await asked).map(({ status }) => status)).to.deep.equal([200, 200]);
      await stopped;
    } finally {
      performance.now = now;
    }
  });

  it('does not drain when no time is given for it', async () => {
    await server.http.drain(0);
    expect((await ask('GET', '/health/ready')).status).to.equal(200);
    await server.http.close(1_000);
  });

  it('leaves a shared port: answers on open connections, accepts no new one, and waits for them to close', async () => {
    await ask('GET', '/health/live');
    const left = server.http.leave(10_000);
    const stranger = await fetch(`${server.url}/health/live`).catch((error: Error) => error.cause);
    expect(stranger).to.include({ code: 'ECONNREFUSED' });
    const kept = await ask('GET', '/health/ready');
    expect([kept.status, kept.text]).to.deep.equal([200, '{"status":"ready"}']);
    expect(kept.message.headers.connection).to.equal('close');
    await left;
    await server.http.close(10_000);
  });

  it('does not wait longer than told for a connection that stays idle', async () => {
    await ask('GET', '/health/live');
    await server.http.leave(1);
    expect((await ask('GET', '/health/live')).status, 'on the connection it has').to.equal(200);
    await server.http.close(600_000);
  });

  it('is over at once when nothing runs', async () => {
    await ask('GET', '/health/live');
    await server.http.close(600_000);
    await server.http.close(600_000);
    const late = await ask('GET', '/health/live').catch((error: NodeJS.ErrnoException) => error.code);
    // On the kept-alive connection or on a new one.
    expect(late).to.be.oneOf(['ECONNRESET', 'ECONNREFUSED']);
  });

  describe('with a connection opened ahead, as browsers and load balancers do', () => {
    const HEAD = 'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n';
    let socket: Socket;

    beforeEach(async () => {
      socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      // The server has accepted it, too.
      await ask('GET', '/health/live');
    });
    afterEach(() => socket.destroy());

    const firstLineOf = async (): Promise<string> => {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      return bytes.toString('latin1').split('\r\n', 1)[0] ?? '';
    };

    it('does not wait for it to send something', async () => {
      const since = performance.now();
      await server.http.close(HOURS);
      expect(performance.now() - since).to.be.lessThan(3_000);
    });

    it('still answers a request that was on its way', async () => {
      const stopped = server.http.close(HOURS);
      socket.write(HEAD);
      expect(await firstLineOf()).to.contain(' 503 ');
      await stopped;
    });

    it('waits for the rest of a request that has begun', async () => {
      socket.write(HEAD.slice(0, 20));
      await ask('GET', '/health/live');
      const stopped = server.http.close(HOURS);
      await pause(1_500);
      socket.write(HEAD.slice(20));
      expect(await firstLineOf()).to.contain(' 503 ');
      await stopped;
    });
  });

  describe('with a body whose request was answered before it had arrived', () => {
    const HEAD =
      'POST /services HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n';
    let socket: Socket;

    beforeEach(async () => {
      socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => undefined).write(`${HEAD}{`);
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      expect(bytes.toString('latin1')).to.match(/^HTTP\/1\.1 401 /);
    });
    afterEach(() => socket.destroy());

    it('does not wait for the client to send the rest', async () => {
      const since = performance.now();
      await server.http.close(HOURS);
      expect(performance.now() - since).to.be.lessThan(3_000);
    });

    it('does not wait for another request after the rest has arrived', async () => {
      const since = performance.now();
      const stopped = server.http.close(HOURS);
      socket.write('   ');
      await stopped;
      expect(performance.now() - since).to.be.lessThan(3_000);
    });
  });

  for (const sent of ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 'HELLO\r\n\r\n'])
    it(`does not wait for who was refused and never closes the connection: ${sent.trim().slice(0, 7)}`, async () => {
      const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined).write(sent);
      await once(socket.resume(), 'end');
      await server.http.close(HOURS);
      socket.destroy();
    });
});

describe('listening', () => {
  it('rejects when the port is taken', async () => {
    const first = await startHttpServer();
    const second = await startHttpServer();
    const error = await second.http
      .listen(first.port, '127.0.0.1')
      .catch((e: NodeJS.ErrnoException) => e.code);
    expect(error).to.be.oneOf(['EADDRINUSE', 'ERR_SERVER_ALREADY_LISTEN']);
    await Promise.all([first.http.close(0), second.http.close(0)]);
  });
});
