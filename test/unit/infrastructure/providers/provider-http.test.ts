import { expect } from 'chai';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { providerHttp, type ProviderHttp } from '../../../../src/infrastructure/providers/provider-http.ts';
import { outboundPolicy } from '../../../../src/infrastructure/security/outbound-policy.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { fixtureServer, json, text, type FixtureServer } from '../../../support/fixture-server.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../../../support/provider-access.ts';

const CAP = 2 * 1024 * 1024;

describe('provider http', () => {
  const clock = fixedClock(Date.UTC(2026, 10, 22, 12));
  let http: ProviderHttp;
  let server: FixtureServer;

  beforeEach(async () => {
    http = providerHttp({ guard: outboundPolicy({ allowPrivate: true }), clock, version: '1.2.3' });
    server = await fixtureServer(json(200, { ok: true }));
  });
  afterEach(async () => {
    http.close();
    await server.close();
  });

  const get = (change: Parameters<typeof anAccess>[0] = {}) =>
    http.send(anAccess(change), {
      method: 'GET',
      url: `${server.origin}/path`,
      query: { address: 'Ташкент, 1 & 2', key: PLANTED_KEY, absent: undefined },
    });

  it('sends who we are, the trace and the encoded query, and gives back a complete answer', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = answered(await get({ traceparent }));
    const [request] = server.received;
    expect(answer).to.include({ status: 200, contentType: 'application/json', text: '{"ok":true}' });
    expect(request?.headers).to.include({ traceparent, 'user-agent': 'integration-service/1.2.3' });
    expect([...(request?.query ?? [])]).to.deep.equal([
      ['address', 'Ташкент, 1 & 2'],
      ['key', PLANTED_KEY],
    ]);
  });

  it('posts JSON', async () => {
    await http.send(anAccess(), { method: 'POST', url: server.origin, json: { a: [1] } });
    expect(server.received[0]).to.include({ method: 'POST', body: '{"a":[1]}' });
    expect(server.received[0]?.headers['content-type']).to.equal('application/json');
  });

  it('sends a PUT body unchanged', async () => {
    const headers = { 'content-type': 'application/json' };
    await http.send(anAccess(), { method: 'PUT', url: `${server.origin}/a?b=c`, headers, body: '{"a": 1 }' });
    expect(server.received[0]).to.include({ method: 'PUT', path: '/a', body: '{"a": 1 }' });
    expect(server.received[0]?.query.get('b')).to.equal('c');
  });

  it('reports when a request is sent, on a new connection or an open one, and not when there is none', async () => {
    let told = 0;
    const onSending = (): void => void (told += 1);
    const ask = (url: string) => http.send(anAccess(), { method: 'POST', url, onSending });
    answered(await ask(server.origin));
    answered(await ask(server.origin));
    expect(told).to.equal(2);
    server.answerWith((response) => response.socket?.destroy());
    refused(await ask(server.origin));
    expect(told).to.equal(3);
    refused(await ask('http://127.0.0.1:1'));
    refused(await ask('http://no-such-host.invalid'));
    refused(await ask('no URL'));
    expect(told).to.equal(3);
  });

  it('replaces half a surrogate pair instead of failing on it', async () => {
    await http.send(anAccess(), { method: 'GET', url: server.origin, query: { address: 'a\ud800b' } });
    expect(server.received[0]?.query.get('address')).to.equal('a\ufffdb');
  });

  it('uses one connection again and again', async () => {
    const ports = new Set<number | undefined>();
    server.answerWith((response) => {
      ports.add(response.socket?.remotePort);
      response.end('{}');
    });
    for (let call = 0; call < 5; call += 1) {
      await get();
      // A connection rests for one turn of the event loop, since a provider may have closed it after its answer.
      await turn();
    }
    expect(ports.size).to.equal(1);
  });

  it('ignores proxies named in the environment', async () => {
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:1';
    try {
      expect(answered(await get()).status).to.equal(200);
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['http_proxy'];
    }
  });

  it('does not follow a redirect', async () => {
    server.answerWith((response) => response.writeHead(302, { location: `${server.origin}/else` }).end());
    expect(answered(await get()).status).to.equal(302);
    expect(server.received).to.have.length(1);
  });

  it('reads compressed answers', async () => {
    const packed: readonly (readonly [string, Buffer])[] = [
      ['gzip', gzipSync('{"zipped":1}')],
      ['X-GZIP', gzipSync('{"zipped":1}')],
      ['deflate', deflateSync('{"zipped":1}')],
      ['deflate', deflateRawSync('{"zipped":1}')],
      ['br', brotliCompressSync('{"zipped":1}')],
      ['identity', Buffer.from('{"zipped":1}')],
    ];
    for (const [coding, bytes] of packed) {
      server.answerWith(text(200, 'application/json', bytes, { 'content-encoding': coding }));
      expect(answered(await get()).text, coding).to.equal('{"zipped":1}');
    }
    expect(server.received[0]?.headers['accept-encoding']).to.equal('gzip, deflate, br');
  });

  it('reads an answer in several pieces, an empty one, and one behind a byte order mark', async () => {
    server.answerWith((response) => {
      response.writeHead(200, { 'content-type': 'Text/JSON; charset=utf-8' });
      response.write('{"a":', () => setImmediate(() => response.end('1}')));
    });
    expect(answered(await get())).to.include({ contentType: 'text/json', text: '{"a":1}' });
    server.answerWith((response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end());
    expect(answered(await get())).to.include({ status: 204, contentType: '', text: '' });
    server.answerWith(text(200, 'application/json', Buffer.from('\ufeff{}')));
    expect(answered(await get()).text).to.equal('{}');
  });

  it('reads nothing out of an answer in another charset', async () => {
    const cyrillic = Buffer.from([0x22, 0xd2, 0xe0, 0xf8, 0xea, 0xe5, 0xed, 0xf2, 0x22]);
    server.answerWith(text(200, 'application/json; charset=windows-1251', cyrillic));
    expect(answered(await get())).to.include({ status: 200, text: '' });
    server.answerWith(text(502, 'text/html', gzipSync(cyrillic), { 'content-encoding': 'gzip' }));
    expect(answered(await get())).to.include({ status: 502, text: '' });
  });

  describe('gives up in time', () => {
    it('when nothing comes', async () => {
      server.answerWith(() => undefined);
      // It is a share of the remaining deadline, and thus not a whole number.
      expect(refused(await get({ timeoutMs: 59.4 }))).to.deep.equal({
        kind: 'provider-timeout',
        message: 'no complete answer within 60 ms',
      });
      await server.abandoned;
    });

    it('when the body stops in the middle', async () => {
      server.answerWith((response) => response.writeHead(200).write('{"results":['));
      expect(refused(await get({ timeoutMs: 60 })).kind).to.equal('provider-timeout');
      await server.abandoned;
    });

    it('when the body drips', async () => {
      server.answerWith((response) => {
        const drip = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(drip));
      });
      // The response would continue to trickle in.
      expect(refused(await get({ timeoutMs: 100 })).kind).to.equal('provider-timeout');
      await server.abandoned;
    });

    it('when the caller does, and says so', async () => {
      const caller = new AbortController();
      server.answerWith(() => caller.abort());
      const failure = refused(await get({ signal: caller.signal }));
      expect(failure).to.have.property('kind', 'provider-timeout');
      expect(failure.message).to.contain('whole request');
      expect(failure).to.not.have.property('isUnsent');
    });

    it('without a call when the caller has already gone', async () => {
      const failure = refused(await get({ signal: AbortSignal.abort() }));
      expect(failure).to.include({ kind: 'provider-timeout', isUnsent: true });
      expect(server.received).to.have.length(0);
    });

    it('when the caller does while there is no connection yet, and then never sends', async () => {
      let connectNow: (() => void) | undefined;
      const slowlyFound = providerHttp({
        guard: outboundPolicy({
          allowPrivate: true,
          resolveAll: (_name, callback) => {
            connectNow = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
            caller.abort();
          },
        }),
        clock,
        version: '1',
      });
      const caller = new AbortController();
      let wasSent = false;
      const failure = refused(
        await slowlyFound.send(anAccess({ signal: caller.signal }), {
          method: 'GET',
          url: server.origin.replace('127.0.0.1', 'provider.example'),
          onSending: () => (wasSent = true),
        }),
      );
      expect(failure.message).to.contain('whole request');
      connectNow?.();
      await get();
      expect(wasSent).to.equal(false);
      expect(server.received).to.have.length(1);
      slowlyFound.close();
    });

    it('when a connection is not secured in time', async () => {
      const silent: Server = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const impatient = providerHttp({
        guard: outboundPolicy({ allowPrivate: true }),
        clock,
        version: '1',
        connectTimeoutMs: 50,
      });
      const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const failure = refused(await impatient.send(anAccess(), { method: 'GET', url }));
      const kind = 'provider-timeout';
      expect(failure).to.deep.equal({ kind, isUnsent: true, message: 'no connection in time' });
      const late = refused(await impatient.send(anAccess({ timeoutMs: 20 }), { method: 'GET', url }));
      expect(late).to.deep.equal({ kind, isUnsent: true, message: 'no complete answer within 20 ms' });
      impatient.close();
      silent.close();
    });
  });

  describe('says unavailable', () => {
    it('when nobody listens', async () => {
      await server.close();
      const failure = refused(await get());
      expect(failure).to.include({ kind: 'provider-unavailable' });
      expect(failure.message).to.contain('ECONNREFUSED');
    });

    it('when the name is unknown', async () => {
      const failure = refused(
        await http.send(anAccess(), { method: 'GET', url: 'http://no-such-host.invalid' }),
      );
      expect(failure.kind).to.equal('provider-unavailable');
    });

    it('when the connection breaks before or inside the body', async () => {
      server.answerWith((response) => response.socket?.resetAndDestroy());
      expect(refused(await get()).kind).to.equal('provider-unavailable');
      server.answerWith((response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"results":[', () => response.socket?.resetAndDestroy());
      });
      expect(refused(await get()).kind).to.equal('provider-unavailable');
    });

    it('when the provider refuses the TLS handshake, whatever OpenSSL calls that', async () => {
      // TLS alerts: handshake failure, bad certificate, a name of 43 letters, internal error.
      for (const alert of [40, 42, 120, 80]) {
        const refusing: Server = createServer((socket) => {
          socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, alert])));
        });
        await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
        const url = `https://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
        const failure = refused(await http.send(anAccess(), { method: 'GET', url }));
        expect(failure.kind).to.equal('provider-unavailable');
        expect(failure.message).to.contain('ERR_SSL_');
        refusing.close();
      }
    });

    it('when the last answer of a connection is cut short', async () => {
      for (const cut of [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]) {
        server.answerWith((response) => {
          response.writeHead(200, { connection: 'close', 'content-type': 'application/json' });
          const { socket } = response;
          response.write('{"results":[', () => socket && cut(socket));
        });
        expect(refused(await get()).kind).to.equal('provider-unavailable');
      }
    });

    it('when the base URL is not a URL, or not one of HTTP', async () => {
      for (const url of ['nonsense', 'ftp://provider.example', 'data:application/json,{}']) {
        const failure = refused(await http.send(anAccess(), { method: 'GET', url }));
        expect(failure, url).to.deep.equal({
          kind: 'provider-unavailable',
          message: 'the base URL is not a URL',
        });
      }
    });
  });

  it('keeps the status and the wait of a failure whose body cannot be unpacked', async () => {
    const cutShort = gzipSync('<html>later</html>').subarray(0, 20);
    for (const [status, coding, body] of [
      [429, 'gzip', 'not gzip at all'],
      [503, 'gzip', cutShort],
      [502, 'br', 'no brotli'],
      [403, 'deflate', 'no deflate'],
    ] as const) {
      const headers = { 'content-encoding': coding, 'retry-after': '7' };
      server.answerWith(text(status, 'text/html', body, headers));
      expect(answered(await get()), coding).to.include({ status, retryAfterMs: 7_000, text: '' });
      const mayHold = () => true;
      const inSight = await http.send(anAccess(), { method: 'GET', url: server.origin, mayHold });
      expect(answered(inSight), coding).to.include({ status, text: '' });
    }
  });

  describe('keeps the status and the wait of a failure', () => {
    const headers = { 'content-type': 'text/html', 'retry-after': '7' };

    it('whose page is larger than any answer may be', async () => {
      const page = Buffer.alloc(CAP, 'x');
      for (const status of [400, 403, 429, 500, 503]) {
        server.answerWith(text(status, 'text/html', page, headers));
        expect(answered(await get()), String(status)).to.deep.equal({
          status,
          contentType: 'text/html',
          retryAfterMs: 7_000,
          text: '',
        });
      }
    });

    it('whose page has no end, and takes little of it', async () => {
      server.answerWith((response) => {
        response.writeHead(429, headers);
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'x')));
        };
        response.on('drain', more);
        more();
      });
      expect(answered(await get())).to.include({ status: 429, retryAfterMs: 7_000, text: '' });
      await server.abandoned;
      await server.close();
      expect(server.bytesSent()).to.be.lessThan(10 * CAP);
    });

    it('whose page breaks off', async () => {
      server.answerWith((response) => {
        response.writeHead(403, { ...headers, 'content-length': '1000' });
        response.write('<html>', () => response.socket?.resetAndDestroy());
      });
      expect(answered(await get())).to.include({ status: 403, retryAfterMs: 7_000, text: '' });
    });

    it('whose page stops in the middle, when time is over', async () => {
      server.answerWith((response) => response.writeHead(429, headers).write('<html>'));
      expect(answered(await get({ timeoutMs: 60 }))).to.include({ status: 429, retryAfterMs: 7_000 });
      await server.abandoned;
    });

    it('but not for a caller who has gone', async () => {
      const caller = new AbortController();
      server.answerWith((response) => response.writeHead(429, headers).write('<html>', () => caller.abort()));
      expect(refused(await get({ signal: caller.signal })).kind).to.equal('provider-timeout');
    });
  });

  describe('does not understand', () => {
    it('an endless answer, and takes little of it', async () => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      server.answerWith((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      });
      expect(refused(await get()).kind).to.equal('answer-not-understood');
      await server.abandoned;
      await server.close();
      expect(server.bytesSent()).to.be.lessThan(10 * CAP);
    });

    it('a small answer that unpacks to a hundred megabytes', async () => {
      const megabyte = gzipSync(Buffer.alloc(1024 * 1024, ' '));
      const bomb = Buffer.concat(Array.from({ length: 100 }, () => megabyte));
      server.answerWith(text(200, 'application/json', bomb, { 'content-encoding': 'gzip' }));
      const before = process.memoryUsage().rss;
      expect(refused(await get()).kind).to.equal('answer-not-understood');
      expect(process.memoryUsage().rss - before).to.be.lessThan(60 * 1024 * 1024);
    });

    it('an answer that is not compressed as it claims', async () => {
      server.answerWith(text(200, 'application/json', 'not gzip at all', { 'content-encoding': 'gzip' }));
      expect(refused(await get()).kind).to.equal('answer-not-understood');
    });

    it('an answer that is not HTTP', async () => {
      server.answerWith((response) => response.socket?.end('220 smtp ready\r\n'));
      expect(refused(await get()).kind).to.equal('answer-not-understood');
    });
  });

  it('rejects a request with characters that no header may hold, and does not send it', async () => {
    const headers = { 'X-Goog-Api-Key': 'line\r\nX-Evil: 1' };
    const failure = refused(await http.send(anAccess(), { method: 'GET', url: server.origin, headers }));
    expect(failure.kind).to.equal('request-rejected');
    expect(server.received).to.have.length(0);
  });

  it('never shows the key, the query or the URL in a failure', async () => {
    server.answerWith((response) => response.socket?.resetAndDestroy());
    const failures = [
      refused(await get()),
      refused(await http.send(anAccess(), { method: 'GET', url: `bad:${PLANTED_KEY}` })),
    ];
    server.answerWith(() => undefined);
    failures.push(refused(await get({ timeoutMs: 30 })));
    expect(JSON.stringify(failures)).to.not.contain(PLANTED_KEY).and.not.contain('127.0.0.1');
  });

  it('refuses private addresses at the moment of connecting unless they are allowed', async () => {
    const guarded = providerHttp({
      guard: outboundPolicy({
        allowPrivate: false,
        resolveAll: (_name, callback) => callback(null, [{ address: '10.0.0.7', family: 4 }]),
      }),
      clock,
      version: '1',
    });
    const urls = [
      server.origin,
      server.origin.replace('http:', 'https:'),
      'https://[::1]:1',
      'https://rebound.example',
      'https://0x7f.1:1',
    ];
    for (const url of urls) {
      const failure = refused(await guarded.send(anAccess(), { method: 'GET', url }));
      expect(failure.kind, url).to.equal('provider-unavailable');
      expect(failure.message, url).to.contain('not one that this service may call');
    }
    expect(server.received).to.have.length(0);
    guarded.close();
  });
});
