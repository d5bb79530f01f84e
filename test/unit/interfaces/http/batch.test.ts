import { expect } from 'chai';
import { connect } from 'node:net';
import { once } from 'node:events';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { aMatch, anAttempt, aFailedCall, aReport } from '../../../support/a-call-report.ts';
import { requestHead } from '../../../support/raw-http.ts';
import { LostDatabase, startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Item = { readonly index: number; readonly status: string; readonly [member: string]: unknown };
type Batch = { readonly data: readonly Item[]; readonly meta: unknown };

describe('a batch', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const batch = (body: unknown, headers = {}) => server.ask('POST', '/geocoding/batch', { body, headers });

  it('answers or refuses each address by itself, in the order sent', async () => {
    const addresses = ['Ташкент', '', 'nowhere', 42, 'a\u0000', 'Москва'];
    const answer = await batch({ addresses, language: 'en' }, { 'x-request-id': 'r1' });
    expect(answer.status).to.equal(200);
    const { data, meta } = (await answer.json()) as Batch;
    expect(meta).to.deep.equal({ total: 6, ok: 3, error: 3, request_id: 'r1' });
    expect(data.map(({ index, status, address }) => [index, status, address])).to.deep.equal([
      [0, 'ok', 'Ташкент'],
      [1, 'error', ''],
      [2, 'ok', 'nowhere'],
      [3, 'error', null],
      [4, 'error', 'a\u0000'],
      [5, 'ok', 'Москва'],
    ]);
    expect(data[0]?.['matches']).to.have.length(1);
    expect(data[0]?.['meta']).to.include({ provider: 'google_maps', request_id: 'r1' });
    expect(data[2]?.['matches']).to.deep.equal([]);
    expect(data[3]).to.deep.include({ meta: null });
    expect(data[3]?.['problem']).to.deep.include({
      status: 422,
      code: 'invalid-input',
      errors: [{ pointer: '/addresses/3', detail: 'must be a string' }],
    });
  });

  it('carries the failure of one call in its item only', async () => {
    const attempts = [anAttempt({ outcome: 'provider-timeout' })];
    server.application.queries.geocodeAddress = async (_ctx, { request }) => {
      if (request.address === 'lost') throw new LostDatabase('gone');
      return request.address === 'fails'
        ? left(aFailedCall({ kind: 'all-providers-failed', attempts, retryAfterMs: 0 }))
        : right({ value: { matches: [aMatch()], attribution: '' }, report: aReport() });
    };
    const answer = await batch({ addresses: ['fails', 'works', 'lost'] });
    const { data } = (await answer.json()) as Batch;
    expect(data.map(({ status }) => status)).to.deep.equal(['error', 'ok', 'error']);
    expect(data[0]?.['problem']).to.deep.include({ status: 502, code: 'provider-failed' });
    expect(data[0]?.['meta']).to.have.property('log_id');
    expect(data[2]?.['problem']).to.deep.include({ status: 503, code: 'unavailable' });
    expect(server.lines.map(({ level, status, error }) => [level, status, error?.kind])).to.deep.equal([
      ['warn', 200, 'dependency-lost'],
    ]);
  });

  it('is refused as a whole for its shape and size', async () => {
    const shapes: readonly (readonly [unknown, string])[] = [
      [{ addresses: [] }, '/addresses'],
      [{ addresses: Array.from({ length: 1001 }, () => 'a') }, '/addresses'],
      [{ addresses: 'a' }, '/addresses'],
      [{ addresses: ['a'], limit: 0 }, '/limit'],
      [{ addresses: ['a'], mode: 'fast' }, '/mode'],
    ];
    for (const [body, pointer] of shapes) {
      const answer = await batch(body);
      expect(answer.status).to.equal(422);
      expect(await answer.json()).to.have.nested.property('errors[0].pointer', pointer);
    }
    const largest = await batch({ addresses: Array.from({ length: 1000 }, (_, i) => `a ${i}`) });
    expect(((await largest.json()) as Batch).data).to.have.length(1000);
  });

  it('holds Cache-Control for each item', async () => {
    const answer = await batch({ addresses: ['a', 'b'] }, { 'cache-control': 'only-if-cached' });
    const { data } = (await answer.json()) as Batch;
    expect(data.map((item) => (item['problem'] as { code: string }).code)).to.deep.equal([
      'not-cached',
      'not-cached',
    ]);
    expect((await batch({ addresses: ['a'] }, { 'x-request-deadline-ms': '0' })).status).to.equal(400);
  });

  it('has one deadline for all items together, or none if none was given', async () => {
    let given: (number | undefined)[] = [];
    server.application.queries.geocodeAddress = async (_ctx, { options }) => {
      given.push(options.deadlineMs);
      if (given.length % 16 === 0) server.clock.advance(600);
      return right({ value: { matches: [], attribution: '' }, report: aReport() });
    };
    const many = { addresses: Array.from({ length: 48 }, (_, i) => `a${i}`) };
    await batch(many, { 'x-request-deadline-ms': '1000' });
    const times = (ms: number) => Array.from({ length: 16 }, () => ms);
    expect(given).to.deep.equal([...times(1_000), ...times(400), ...times(0)]);
    given = [];
    await batch(many);
    expect(new Set(given)).to.deep.equal(new Set([undefined]));
  });

  /** Calls that wait until the test lets each one go. */
  const heldCalls = () => {
    const held = new Map<string, () => void>();
    const arrivals: (() => void)[] = [];
    server.application.queries.geocodeAddress = async (_ctx, { request }) => {
      await new Promise<void>((resolve) => {
        held.set(request.address, resolve);
        for (const tell of arrivals.splice(0)) tell();
      });
      return right({ value: { matches: [], attribution: '' }, report: aReport() });
    };
    const running = async (count: number): Promise<void> => {
      while (held.size < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    };
    return { held, running };
  };
  const addresses = Array.from({ length: 20 }, (_, i) => `a${i}`);

  it('asks sixteen at a time', async () => {
    const { held, running } = heldCalls();
    const answer = batch({ addresses });
    await running(16);
    expect([...held.keys()]).to.deep.equal(addresses.slice(0, 16));
    held.get('a3')?.();
    await running(17);
    expect([...held.keys()].at(-1)).to.equal('a16');
    for (const go of held.values()) go();
    await running(20);
    for (const go of held.values()) go();
    expect((await answer).status).to.equal(200);
  });

  it('streams results as they become known when NDJSON is accepted', async () => {
    const { held, running } = heldCalls();
    const answer = await batch({ addresses: ['a', '', 'b'] }, { accept: 'application/x-ndjson' });
    expect(answer.headers.get('content-type')).to.equal('application/x-ndjson');
    const lines = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<Item> => JSON.parse((await lines?.read())?.value ?? '') as Item;
    expect(await next()).to.deep.include({ index: 1, status: 'error' });
    await running(2);
    held.get('b')?.();
    expect(await next()).to.deep.include({ index: 2, address: 'b', status: 'ok', matches: [] });
    held.get('a')?.();
    expect(await next()).to.deep.include({ index: 0, address: 'a' });
    expect((await lines?.read())?.done).to.equal(true);
  });

  for (const [accept, type] of [
    ['application/x-ndjson;q=0', 'application/json'],
    ['application/json, application/x-ndjson;q=0.5', 'application/json'],
    ['text/x-application/x-ndjson', 'application/json'],
    ['application/x-ndjson;q=nonsense', 'application/json'],
    ['APPLICATION/X-NDJSON ; Q=0.9, application/json;q=0.5', 'application/x-ndjson'],
    ['application/json, application/x-ndjson', 'application/x-ndjson'],
    ['*/*, application/x-ndjson', 'application/x-ndjson'],
    ['application/x-ndjson;q=0.1, */*', 'application/json'],
    ['*/*;q=0.4, application/x-ndjson;q=0.5, application/*;q=0.6', 'application/json'],
    ['application/x-ndjson;q=0.5, application/*;q=0.6, application/json;q=0', 'application/x-ndjson'],
    ['application/x-ndjson, */*;q=0.8', 'application/x-ndjson'],
  ] as const)
    it(`answers ${type} where Accept says ${accept}`, async () => {
      const answer = await batch({ addresses: [''] }, { accept });
      expect(answer.headers.get('content-type')).to.equal(type);
      await answer.text();
    });

  for (const accept of ['application/x-ndjson', 'application/json'])
    it(`stops asking when the caller of ${accept} goes away`, async () => {
      const { held, running } = heldCalls();
      const body = JSON.stringify({ addresses });
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        requestHead('POST', '/geocoding/batch', {
          authorization: 'Bearer admin',
          'x-management-company-id': 'uk_company_1',
          'content-type': 'application/json',
          'content-length': String(body.length),
          accept,
        }) + body,
      );
      await running(16);
      socket.destroy();
      // A stop waits for every connection: after it, the server knows that this one is gone.
      await server.http.close(5_000);
      for (const go of held.values()) go();
      await new Promise((resolve) => setImmediate(resolve));
      expect(held.size).to.equal(16);
      expect(server.lines).to.have.length(1);
    });
});
