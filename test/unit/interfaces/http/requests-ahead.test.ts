import { expect } from 'chai';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { right } from '../../../../src/domain/shared/fp.ts';
import { MOST_AHEAD } from '../../../../src/interfaces/http/in-turn.ts';
import { aReport } from '../../../support/a-call-report.ts';
import { requestHead } from '../../../support/raw-http.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

const BODY = '{"address":"a"}';
const SLOW =
  requestHead('POST', '/geocoding/geocode', {
    connection: 'keep-alive',
    authorization: 'Bearer admin',
    'x-management-company-id': 'uk_company_1',
    'content-type': 'application/json',
    'content-length': String(BODY.length),
  }) + BODY;
const NEXT = requestHead('GET', '/metrics', { connection: 'keep-alive' });
const LAST = requestHead('GET', '/metrics', {});

describe('requests sent ahead of the answers before them', () => {
  let server: RunningServer;
  let socket: Socket;
  let asked: number;
  let go: () => void;
  let hasBegun: Promise<void>;

  beforeEach(async () => {
    asked = 0;
    server = await startHttpServer({
      metrics: async () => {
        asked += 1;
        return { contentType: 'text/plain', body: 'up 1\n' };
      },
    });
    let begin = (): void => undefined;
    hasBegun = new Promise((resolve) => {
      begin = resolve;
    });
    const mayGo = new Promise<void>((resolve) => {
      go = resolve;
    });
    server.application.queries.geocodeAddress = async () => {
      begin();
      await mayGo;
      return right({ value: { matches: [], attribution: '' }, report: aReport() });
    };
    socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
  });
  afterEach(async () => {
    go();
    socket.destroy();
    await server.http.close(0);
  });

  const allAnswers = async (): Promise<string> => {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  };

  it('are begun when those are over, and answered in their order', async () => {
    socket.write(SLOW + NEXT + LAST);
    await hasBegun;
    // Others are served meanwhile, however long the first takes.
    expect((await fetch(`${server.url}/health/live`)).status).to.equal(200);
    expect(asked).to.equal(0);
    go();
    const text = await allAnswers();
    expect(text.match(/"matches"|up 1/g)).to.deep.equal(['"matches"', 'up 1', 'up 1']);
    expect(asked).to.equal(2);
  });

  it('are answered before a tunnel that is asked for behind them is refused', async () => {
    socket.write(`${SLOW}${NEXT}CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n`);
    await hasBegun;
    expect((await fetch(`${server.url}/health/live`)).status).to.equal(200);
    go();
    expect((await allAnswers()).match(/HTTP\/1\.1 \d+/g)).to.deep.equal([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 400',
    ]);
  });

  it('are never begun when their sender has gone', async () => {
    socket.write(SLOW + NEXT.repeat(3));
    await hasBegun;
    socket.destroy();
    await once(socket, 'close');
    expect((await fetch(`${server.url}/health/live`)).status).to.equal(200);
    go();
    await server.http.close(5_000);
    expect(asked).to.equal(0);
  });

  it('are never begun after an answer that closes the connection, as RFC 9112 section 9.6 requires', async () => {
    const body = 'x'.repeat(100_000);
    const length = { connection: 'keep-alive', 'content-length': String(body.length) };
    // Large enough to arrive in several reads, the later ones when the connection is closing.
    const large = requestHead('GET', '/metrics', {
      connection: 'keep-alive',
      'x-padding': 'x'.repeat(10_000),
    });
    socket.write(requestHead('POST', '/webhooks/in/nobody', length) + body + large.repeat(MOST_AHEAD));
    expect(await allAnswers()).to.match(/^HTTP\/1\.1 404 [^]+\r\nConnection: close\r\n/i);
    expect(server.lines.map(({ route }) => route)).to.deep.equal(['/webhooks/in/{token}']);
  });

  it(`are taken to a number of ${MOST_AHEAD}`, async () => {
    socket.write(SLOW + NEXT.repeat(MOST_AHEAD - 1) + LAST);
    await hasBegun;
    go();
    const text = await allAnswers();
    expect(text.match(/HTTP\/1\.1 200 /g)).to.have.length(1 + MOST_AHEAD);
    expect(asked).to.equal(MOST_AHEAD);
  });

  it('cost their sender the connection when they are more than any client sends', async () => {
    socket.write(SLOW + NEXT.repeat(MOST_AHEAD + 1));
    await once(socket.resume(), 'close');
    expect(asked).to.equal(0);
    expect((await fetch(`${server.url}/health/live`)).status).to.equal(200);
  });
});
