import { expect } from 'chai';
import { connect } from 'node:net';
import { right } from '../../../../src/domain/shared/fp.ts';
import { ADMINISTRATOR } from '../../../support/fake-application.ts';
import { rawExchange, requestHead } from '../../../support/raw-http.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

const ENTRY = {
  authorization: 'Bearer admin',
  'x-management-company-id': 'uk_company_1',
  'content-type': 'application/json',
};
const BODY = Buffer.from(JSON.stringify({ address: 'Ташкент' }));

describe('a body that arrives', () => {
  let server: RunningServer;
  afterEach(() => server.http.close(0));

  const head = (length: number) =>
    requestHead('POST', '/geocoding/geocode', { ...ENTRY, 'content-length': String(length) });
  const chunked = requestHead('POST', '/geocoding/geocode', { ...ENTRY, 'transfer-encoding': 'chunked' });

  it('byte by byte is read to its end, characters split in two included', async () => {
    server = await startHttpServer();
    const text = await rawExchange(
      server.url,
      head(BODY.length),
      ...[...BODY].map((byte) => Buffer.of(byte)),
    );
    expect(text)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.contain('Ташкент');
    expect(server.application.asked).to.deep.equal(['Ташкент']);
  });

  it('in chunks is read to its last one', async () => {
    server = await startHttpServer();
    const chunk = (bytes: Buffer) => `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
    const sent = [BODY.subarray(0, 20), BODY.subarray(20)].map((part) => Buffer.from(chunk(part), 'latin1'));
    const text = await rawExchange(server.url, chunked, ...sent, '0\r\n\r\n');
    expect(text).to.match(/^HTTP\/1\.1 200 /);
  });

  it('in a broken chunk is answered 400', async () => {
    server = await startHttpServer();
    const text = await rawExchange(server.url, chunked, 'zz\r\n');
    expect(text)
      .to.match(/^HTTP\/1\.1 400 /)
      .and.to.contain('malformed-request');
  });

  it('too late is answered 408', async () => {
    server = await startHttpServer({ limits: { requestTimeoutMs: 40 } });
    const text = await rawExchange(server.url, head(BODY.length), '{');
    expect(text)
      .to.match(/^HTTP\/1\.1 408 /)
      .and.to.contain('"code":"request-timeout"');
  });

  it('after a large one was refused leaves the connection usable', async () => {
    server = await startHttpServer({ limits: { maxBodyBytes: 100 } });
    const keptOpen = head(300).replace('connection: close\r\n', '');
    const text = await rawExchange(server.url, keptOpen, 'x'.repeat(300), head(BODY.length), BODY);
    expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  it('without end is cut off', async () => {
    server = await startHttpServer({ limits: { maxBodyBytes: 100 } });
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined).resume();
    socket.write(chunked.replace('connection: close\r\n', ''));
    const more = `3e8\r\n${'x'.repeat(1000)}\r\n`;
    const pump = (): void => {
      while (socket.writable && socket.write(more)) continue;
    };
    socket.on('drain', pump);
    pump();
    await closed;
    expect(server.lines.map(({ status }) => status)).to.deep.equal([413]);
  });

  for (const length of [BODY.length, 100_000])
    it(`of ${length} bytes may break off while its sender is being judged`, async () => {
      server = await startHttpServer();
      let letIn = (): void => undefined;
      const isJudged = new Promise<void>((resolve) => {
        server.application.judge = () => {
          resolve();
          return new Promise((give) => {
            letIn = () => give(right(ADMINISTRATOR));
          });
        };
      });
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`${head(length)}{`);
      await isJudged;
      socket.destroy();
      // A stop waits until the server knows that the connection is gone.
      await server.http.close(5_000);
      letIn();
      await new Promise((resolve) => setImmediate(resolve));
      expect(server.lines.map(({ status, code }) => [status, code])).to.deep.equal([
        [400, 'malformed-request'],
      ]);
      expect(server.application.contexts).to.deep.equal([]);
    });
});
