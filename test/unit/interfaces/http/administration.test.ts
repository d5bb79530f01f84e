import { expect } from 'chai';
import { left } from '../../../../src/domain/shared/fp.ts';
import { anId } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Body = { readonly [member: string]: unknown };
const bodyOf = async (answer: Response): Promise<Body> => (await answer.json()) as Body;
const dataOf = async (answer: Response): Promise<unknown> => (await bodyOf(answer))['data'];

describe('logs, costs, cache and tokens over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  describe('logs', () => {
    it('lists and reads calls whole', async () => {
      const list = await bodyOf(await server.ask('GET', '/logs?operation=geocode&status=success&limit=200'));
      expect(list['page']).to.deep.equal({ next_cursor: null });
      const [first] = list['data'] as Body[];
      expect(first).to.deep.include({
        id: anId(1),
        request_id: 'req-1',
        started_at: '2026-11-22T12:00:00.123Z',
        completed_at: '2026-11-22T12:00:00.164Z',
        duration_ms: 41,
        estimated_cost: { amount: '0.005001', currency: 'EUR' },
        request_headers: { 'cache-control': 'no-cache' },
        retry_count: 1,
      });
      expect(await dataOf(await server.ask('GET', `/logs/${anId(1).toUpperCase()}`))).to.deep.equal(first);
    });

    it("finds nothing of another tenant's", async () => {
      const headers = { 'x-management-company-id': 'uk_company_2' };
      expect(await dataOf(await server.ask('GET', '/logs', { headers }))).to.deep.equal([]);
      expect((await server.ask('GET', `/logs/${anId(1)}`, { headers })).status).to.equal(404);
    });

    it('asks for a shorter period where there is too much to go through', async () => {
      const { queries } = server.application;
      const tooLong = () => Promise.resolve(left({ kind: 'trail-too-long' as const }));
      Object.assign(queries, { listLogs: tooLong, summarizeLogs: tooLong, reportCosts: tooLong });
      Object.assign(queries, { listDeliveries: tooLong, listRejections: tooLong });
      const [costs, webhook] = [`/services/${anId(1)}/costs`, `/webhooks/${anId(900)}`];
      const ofWebhook = ['deliveries?flag=other_body', 'rejections'].map((list) => `${webhook}/${list}`);
      for (const path of ['/logs?request_id=r1', '/logs/summary', '/costs', costs, ...ofWebhook]) {
        const answer = await server.ask('GET', path);
        expect([answer.status, answer.headers.has('retry-after')], path).to.deep.equal([503, true]);
        const { code, detail } = (await answer.json()) as { code: string; detail: string };
        expect(code).to.equal('unavailable');
        expect(detail).to.contain('a shorter period');
        expect(server.lines.at(-1)).to.include({ level: 'warn', reason: 'trail-too-long' });
      }
    });

    it('hands every filter on', async () => {
      const filters: unknown[] = [];
      server.application.queries.listLogs = async (_ctx, query) => {
        filters.push(query);
        return { _tag: 'Right', right: { items: [], nextCursor: undefined } };
      };
      await server.ask(
        'GET',
        '/logs?service_name=google-main&operation=geocode&status=error&request_id=r1&from=2026-11-21&to=2026-11-22T00:00:00.5Z&min_duration_ms=100&limit=7',
      );
      expect(filters).to.deep.equal([
        {
          page: { limit: 7 },
          filter: {
            serviceName: 'google-main',
            operation: 'geocode',
            status: 'error',
            requestId: 'r1',
            from: Date.UTC(2026, 10, 21),
            to: Date.UTC(2026, 10, 22, 0, 0, 0, 500),
            minDurationMs: 100,
          },
        },
      ]);
    });

    it('sums up by group', async () => {
      expect(await dataOf(await server.ask('GET', '/logs/summary?group_by=hour'))).to.deep.equal([
        { group: 'google-main', calls: 3, errors: 1, cache_hits: 1, p50_ms: 12, p95_ms: 40 },
      ]);
    });
  });

  it('reports costs by service unless asked otherwise', async () => {
    const cost = { amount: '0.015', currency: 'USD' };
    expect(await dataOf(await server.ask('GET', '/costs'))).to.deep.equal([
      { group: 'service', calls: 3, cost },
    ]);
    expect(await dataOf(await server.ask('GET', '/costs?group_by=day&from=2026-11-01'))).to.deep.equal([
      { group: 'day', calls: 3, cost },
    ]);
  });

  describe('the cache', () => {
    it('tells its tiers and entries', async () => {
      expect(await dataOf(await server.ask('GET', '/cache/stats'))).to.deep.equal({
        l1: { entries: 1, hits: 3, misses: 1, hit_rate: 0.75 },
        l2: { entries: 0, hits: 0, misses: 0, hit_rate: null },
      });
      const [entry] = (await dataOf(await server.ask('GET', '/cache/entries?operation=geocode'))) as Body[];
      expect(entry).to.include({
        key: 'geo:v1:uk_company_1:geocode:1',
        hit_count: 2,
        expires_at: '2026-11-22T13:00:00.123Z',
        gone_at: '2026-11-22T14:00:00.123Z',
      });
    });

    it('forgets one entry by its key, escaped like every path segment', async () => {
      const keys: string[] = [];
      server.application.commands.removeCacheEntry = async (_ctx, { query }) => {
        keys.push(query.key);
        return { _tag: 'Right', right: { answer: undefined, replayed: false } };
      };
      const key = 'geo:v1:uk_company_1/geocode:улица?#%';
      const answer = await server.ask('DELETE', `/cache/entries/${encodeURIComponent(key)}`);
      expect([answer.status, keys]).to.deep.equal([204, [key]]);
    });

    it('forgets by scope, and everything when the scope is empty', async () => {
      const scopes: unknown[] = [];
      server.application.commands.invalidateCache = async (_ctx, { query }) => {
        scopes.push(query);
        return { _tag: 'Right', right: { answer: undefined, replayed: false } };
      };
      const ask = (body: unknown) => server.ask('POST', '/cache/invalidations', { body });
      const statuses = [
        (await ask({ service_name: 'google-main', operation: 'geocode', tag: 'service:google-main' })).status,
        (await ask({})).status,
        (await ask({ key: 'x' })).status,
        (await ask({ tag: '' })).status,
        // It would purge nothing, and a caller who mistyped it would not notice.
        (await ask({ operation: 'geocod' })).status,
        (await ask({ operation: 'sheets_write' })).status,
      ];
      expect(statuses).to.deep.equal([204, 204, 422, 422, 422, 422]);
      expect(scopes).to.deep.equal([
        { serviceName: 'google-main', operation: 'geocode', tag: 'service:google-main' },
        {},
      ]);
    });
  });

  describe('tokens', () => {
    const issue = (body: unknown) => server.ask('POST', '/tokens', { body });

    it('are shown once, listed without themselves, and revoked', async () => {
      const answer = await issue({
        name: 'request-service',
        scopes: ['geocoding', 'logs:read'],
        expires_at: '2027-01-01T00:00:00Z',
      });
      expect(answer.status).to.equal(201);
      const token = (await dataOf(answer)) as Body;
      expect(token).to.deep.include({
        name: 'request-service',
        tenants: ['uk_company_1'],
        scopes: ['geocoding', 'logs:read'],
        token_hint: 'wxyz',
        expires_at: '2027-01-01T00:00:00.000Z',
        created_by: 'admin@example.test',
        revoked_at: null,
      });
      expect(token['token']).to.match(/^ist_/);
      expect(answer.headers.get('location')).to.equal(`/tokens/${String(token['id'])}`);
      const list = await (await server.ask('GET', '/tokens')).text();
      expect(list).to.contain('request-service').and.to.not.contain('ist_').and.to.not.contain('aaaa');
      const path = `/tokens/${String(token['id'])}`;
      expect((await server.ask('DELETE', path)).status).to.equal(204);
      expect((await server.ask('DELETE', path)).status).to.equal(404);
      expect((await server.ask('DELETE', '/tokens/x')).status).to.equal(404);
    });

    it('are refused with every problem named', async () => {
      const answer = await issue({
        name: '',
        scopes: ['everything'],
        tenants: ['a b'],
        expires_at: 'soon',
        x: 1,
      });
      expect(answer.status).to.equal(422);
      const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
      expect(errors.map(({ pointer }) => pointer)).to.have.members([
        '/name',
        '/scopes/0',
        '/tenants/0',
        '/expires_at',
        '/x',
      ]);
      const past = await issue({ name: 'a', scopes: ['geocoding'], expires_at: '2020-01-01T00:00:00Z' });
      expect([past.status, (await issue({ name: 'a', scopes: [] })).status]).to.deep.equal([422, 422]);
    });
  });
});
