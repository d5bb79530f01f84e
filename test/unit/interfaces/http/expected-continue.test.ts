import { expect } from 'chai';
import { request } from 'node:http';
import { left } from '../../../../src/domain/shared/fp.ts';
import { rawExchange, requestHead } from '../../../support/raw-http.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Headers = { readonly [name: string]: string };

const JSON_HEADERS = {
  authorization: 'Bearer admin',
  'x-management-company-id': 'uk_company_1',
  'content-type': 'application/json',
};
const ADDRESS = '{"address":"Ташкент"}';

describe('a body that is held back until it is asked for', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  /** The answer to the headers, and to the body if that was asked for. */
  const said = (path: string, headers: Headers, body: string | Buffer): Promise<readonly unknown[]> =>
    new Promise((resolve, reject) => {
      const answers: unknown[] = [];
      const announced = { 'content-length': String(Buffer.byteLength(body)), ...headers };
      const asking = request(server.url + path, {
        method: 'POST',
        headers: { expect: '100-continue', ...announced },
        agent: false,
      });
      asking.on('continue', () => {
        answers.push(100);
        asking.end(body);
      });
      asking.on('response', (answer) => {
        answers.push(answer.statusCode);
        answer.resume().on('end', () => {
          asking.destroy();
          resolve(answers);
        });
      });
      asking.on('error', reject);
      asking.flushHeaders();
    });

  it('is asked for when it is wanted', async () => {
    expect(await said('/webhooks/in/known', {}, '{}')).to.deep.equal([100, 200]);
    expect(await said('/geocoding/geocode', JSON_HEADERS, ADDRESS)).to.deep.equal([100, 200]);
    expect(server.application.asked).to.deep.equal(['Ташкент']);
  });

  it('is not asked for when its headers alone say that it will be refused', async () => {
    expect(await said('/webhooks/in/unknown', {}, '{}')).to.deep.equal([404]);
    server.application.ingest.admit = async () =>
      left({ refusal: { kind: 'too-large', limitBytes: 1 }, source: 'github' });
    expect(await said('/webhooks/in/known', {}, '{}')).to.deep.equal([413]);
    const { authorization: _, ...nobody } = JSON_HEADERS;
    for (const [path, headers, status] of [
      ['/geocoding/geocode', nobody, 401],
      ['/geocoding/geocode', { ...JSON_HEADERS, 'content-type': 'text/plain' }, 415],
      ['/geocoding/geocode', { ...JSON_HEADERS, 'content-length': '2000000' }, 413],
      ['/nowhere', {}, 404],
    ] as const)
      expect(await said(path, headers, ADDRESS)).to.deep.equal([status]);
    expect(server.application.asked).to.deep.equal([]);
  });

  it('may come unasked, and its connection ends with the refusal', async () => {
    const head = requestHead('POST', '/webhooks/in/unknown', {
      connection: 'keep-alive',
      expect: '100-continue',
      'content-length': '2',
    });
    const text = await rawExchange(server.url, head, '{}');
    expect(text.match(/^HTTP\/1\.1 \d+|connection: \w+/gim)).to.deep.equal([
      'HTTP/1.1 404',
      'Connection: close',
    ]);
  });
});
