import { expect } from 'chai';
import { recordingTracing } from '../../../support/recording-tracing.ts';
import { requestHead, rawExchange } from '../../../support/raw-http.ts';
import { LostDatabase, startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Problem = { readonly [member: string]: unknown };
const problemOf = async (answer: Response): Promise<Problem> => (await answer.json()) as Problem;

describe('who may enter', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const geocode = (headers: { readonly [name: string]: string | null }, body: unknown = { address: 'a' }) =>
    server.ask('POST', '/geocoding/geocode', { body, headers });

  it('refuses a missing credential with 401 and a challenge with a parameter, as RFC 6750 requires', async () => {
    const answer = await geocode({ authorization: null });
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="integration-service"');
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(await problemOf(answer)).to.deep.equal({
      type: 'urn:integration-service:problem:unauthenticated',
      title: 'Valid credentials are required',
      status: 401,
      detail: 'send a valid credential as Authorization: Bearer',
      code: 'unauthenticated',
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it('refuses any other bad credential alike and logs the reason', async () => {
    const expired = await geocode({ authorization: 'Bearer expired' });
    const malformed = await geocode({ authorization: 'Bearer a b' });
    expect([expired.status, malformed.status]).to.deep.equal([401, 401]);
    for (const answer of [expired, malformed])
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
    expect((await problemOf(expired))['detail']).to.equal((await problemOf(malformed))['detail']);
    expect(server.lines.map(({ reason }) => reason)).to.deep.equal(['expired', 'malformed']);
  });

  it('tells who comes with another scheme which one it is, and of no error in a token that was not sent', async () => {
    for (const authorization of ['Basic YWRtaW46YWRtaW4=', 'ist_without-its-scheme']) {
      const answer = await geocode({ authorization });
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="integration-service"');
    }
    expect(server.lines.map(({ reason }) => reason)).to.deep.equal(['other-scheme', 'other-scheme']);
  });

  it('says 503, not 401, when the credential cannot be checked', async () => {
    const answer = await geocode({ authorization: 'Bearer no-keys' });
    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.equal('10');
    expect((await problemOf(answer))['code']).to.equal('unavailable');
  });

  it('refuses two Authorization headers: another judge may have read the other one', async () => {
    const head = requestHead('GET', '/services', {
      authorization: 'Bearer admin',
      'x-management-company-id': 'uk_company_1',
    });
    const text = await rawExchange(
      server.url,
      head.replace('\r\n\r\n', '\r\nAuthorization: Bearer x\r\n\r\n'),
    );
    expect(text)
      .to.match(/^HTTP\/1\.1 400 /)
      .and.to.contain('more than one Authorization header');
  });

  it('asks for the tenant, checks its form and that the credential covers it', async () => {
    const missing = await geocode({ 'x-management-company-id': null });
    const empty = await geocode({ 'x-management-company-id': '' });
    const malformed = await geocode({ 'x-management-company-id': 'a:b' });
    const foreign = await geocode({ 'x-management-company-id': 'uk_company_3' });
    expect(missing.status).to.equal(400);
    expect((await problemOf(missing))['code']).to.equal('tenant-required');
    expect((await problemOf(empty))['code']).to.equal('tenant-required');
    expect(malformed.status).to.equal(400);
    expect((await problemOf(malformed))['code']).to.equal('malformed-request');
    expect(foreign.status).to.equal(403);
    expect((await problemOf(foreign))['code']).to.equal('forbidden');
    expect(foreign.headers.get('www-authenticate')).to.equal('Bearer error="insufficient_scope"');
    expect(server.application.contexts).to.deep.equal([]);
  });

  it('refuses a tenant header that was sent twice', async () => {
    const answer = await geocode({ 'x-management-company-id': 'uk_company_1, uk_company_2' });
    expect(answer.status).to.equal(400);
  });

  const scoped: readonly (readonly [scopes: string, method: string, path: string, isIn: boolean])[] = [
    ['geocoding', 'POST', '/geocoding/geocode', true],
    ['logs:read', 'POST', '/geocoding/geocode', false],
    ['services:read', 'GET', '/services', true],
    ['services:manage', 'GET', '/services', true],
    ['geocoding', 'GET', '/services', false],
    ['services:read', 'POST', '/services', false],
    ['services:read', 'PATCH', '/services/00000000-0000-7000-8000-000000000001', false],
    ['services:read', 'DELETE', '/services/00000000-0000-7000-8000-000000000001', false],
    ['services:read', 'POST', '/services/00000000-0000-7000-8000-000000000001/health-checks', false],
    ['services:read', 'GET', '/services/00000000-0000-7000-8000-000000000001/costs', false],
    ['logs:read', 'GET', '/logs', true],
    ['logs:read', 'GET', '/costs', true],
    ['cache:manage', 'GET', '/logs/summary', false],
    ['cache:manage', 'GET', '/cache/stats', true],
    ['logs:read', 'GET', '/cache/entries', false],
    ['tokens:manage', 'GET', '/tokens', true],
    ['services:manage+geocoding', 'GET', '/tokens', false],
  ];
  for (const [scopes, method, path, isIn] of scoped)
    it(`${isIn ? 'lets' : 'does not let'} ${scopes} in at ${method} ${path}`, async () => {
      const body = method === 'POST' || method === 'PATCH' ? { address: 'a' } : undefined;
      const answer = await server.ask(method, path, {
        headers: { authorization: `Bearer ${scopes}` },
        ...(body === undefined ? {} : { body }),
      });
      if (isIn) expect(answer.status).to.equal(200);
      else {
        expect([answer.status, (await problemOf(answer))['code']]).to.deep.equal([403, 'forbidden']);
        expect(answer.headers.get('www-authenticate')).to.match(
          /^Bearer error="insufficient_scope", scope="[a-z]+:[a-z]+"$|scope="geocoding"$/,
        );
      }
    });

  it('hands the handler who asks, for whom, and the trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await geocode({ authorization: 'Bearer geocoding', 'x-request-id': 'req.1_2-3', traceparent });
    await geocode({ 'x-request-id': 'bad id', traceparent: traceparent.replace('4bf9', 'XXXX') });
    const [first, second] = server.application.contexts;
    expect(first).to.deep.equal({
      tenantId: 'uk_company_1',
      actor: { kind: 'service-token', id: 'token-1', tenants: ['uk_company_1'], scopes: ['geocoding'] },
      correlationId: 'req.1_2-3',
      traceparent,
    });
    expect(second).to.not.have.property('traceparent');
    expect(second?.correlationId).to.match(/^[0-9a-f-]{36}$/);
  });

  it('names tenant, request and trace in the line of a request, also of one that is refused', async () => {
    const [traceparent, requestId] = ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'req-9'];
    const answered = await geocode({ 'x-request-id': requestId, traceparent });
    const refused = await geocode({
      authorization: 'Bearer logs:read',
      'x-request-id': requestId,
      traceparent,
    });
    await geocode({});
    expect([answered.status, refused.status]).to.deep.equal([200, 403]);
    const [first, second, third] = server.lines;
    const trace = { request_id: requestId, trace_id: traceparent.slice(3, 35) };
    expect(first).to.include({ ...trace, tenant: 'uk_company_1' });
    expect(second).to.include({ ...trace, status: 403 });
    expect(third?.trace_id).to.equal(undefined);
  });

  it('tells of each request where traces are collected, below its caller, and of no probe', async () => {
    const tracing = recordingTracing();
    const traced = await startHttpServer({ tracing });
    await traced.ask('GET', '/health/live');
    await traced.ask('POST', '/geocoding/geocode', {
      body: { address: 'a' },
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    });
    await traced.ask('GET', '/nowhere/at-all');
    await traced.http.close(0);
    const [geocoded, lost, ...more] = tracing.spans;
    expect(more).to.deep.equal([]);
    expect(geocoded).to.include({ name: 'POST /geocoding/geocode', hasEnded: true, failure: undefined });
    expect(geocoded?.parent).to.match(/00f067aa0ba902b7-01$/);
    expect(traced.application.contexts[0]?.traceparent).to.equal(geocoded?.traceparent);
    expect(lost).to.include({ name: 'GET unrouted', hasEnded: true });
    expect(lost?.attributes).to.include({ 'http.response.status_code': 404 });
  });

  it('returns the request id of the caller, or a generated one', async () => {
    const taken = await geocode({ 'x-request-id': 'a'.repeat(128) });
    const replaced = await geocode({ 'x-request-id': 'a'.repeat(129) });
    expect(taken.headers.get('x-request-id')).to.equal('a'.repeat(128));
    expect(replaced.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
  });

  describe('checks in order', () => {
    const bad = 'not json';
    const order: readonly (readonly [string, { readonly [name: string]: string | null }, number])[] = [
      ['the credential before the tenant', { authorization: null, 'x-management-company-id': null }, 401],
      [
        'the tenant before the scope',
        { authorization: 'Bearer logs:read', 'x-management-company-id': null },
        400,
      ],
      [
        'the scope before the headers',
        { authorization: 'Bearer logs:read', 'x-request-deadline-ms': '0' },
        403,
      ],
      [
        'the headers before the media type',
        { 'x-request-deadline-ms': '0', 'content-type': 'text/plain' },
        400,
      ],
      ['the media type before the grammar', { 'content-type': 'text/plain' }, 415],
    ];
    for (const [title, headers, status] of order)
      it(title, async () => {
        const answer = await geocode(headers, bad);
        expect(answer.status).to.equal(status);
      });

    it('paths of their own apart from ids: no method of theirs is asked of a webhook of that name', async () => {
      const asked = [
        ['GET', '/webhooks/in', 'POST'],
        ['HEAD', '/webhooks/in', 'POST'],
        ['PATCH', '/webhooks/replays', 'POST, GET, HEAD'],
        ['DELETE', '/logs/summary', 'GET, HEAD'],
        ['PUT', '/webhooks', 'POST, GET, HEAD'],
        ['DELETE', '/webhooks/in/token', 'POST'],
      ] as const;
      for (const [method, path, allow] of asked) {
        const answer = await server.ask(method, path);
        expect([answer.status, answer.headers.get('allow')], `${method} ${path}`).to.deep.equal([405, allow]);
      }
      expect((await server.ask('GET', '/webhooks/inn')).status).to.equal(404);
    });

    it('addresses of senders that do not decode as such of nobody, and other paths as malformed', async () => {
      for (const path of ['/webhooks/in/%zz', '/webhooks/in/%ff/']) {
        const answer = await server.ask('POST', path, { headers: { authorization: null } });
        expect([answer.status, await answer.json()], path).to.deep.equal([
          404,
          { ok: false, error: 'not-found' },
        ]);
      }
      const wrong = await server.ask('GET', '/webhooks/in/%zz?x=1');
      expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, 'POST']);
      for (const path of ['/services/%zz', '/webhooks/%zz'])
        expect((await server.ask('GET', path)).status, path).to.equal(400);
      const routes = server.lines.map(({ route }) => route);
      expect(routes.slice(0, 2)).to.deep.equal(['/webhooks/in/{token}', '/webhooks/in/{token}']);
    });

    it('path and method before the credential', async () => {
      const path = await server.ask('POST', '/geocoding/unknown', { headers: { authorization: null } });
      const method = await server.ask('DELETE', '/geocoding/geocode', { headers: { authorization: null } });
      expect([path.status, method.status]).to.deep.equal([404, 405]);
    });
  });

  describe('the log', () => {
    it('has one line per request: pattern, tenant, status, and nothing that was sent', async () => {
      const planted = 'planted-secret-1';
      await server.ask('GET', `/logs?request_id=${planted}`, { headers: { 'x-request-id': 'r1' } });
      await server.ask('DELETE', `/cache/entries/${planted}`, { headers: { 'x-request-id': 'r2' } });
      await geocode({ authorization: `Bearer ${planted}`, 'x-request-id': 'r3' }, { address: planted });
      expect(JSON.stringify(server.lines)).to.not.contain(planted);
      expect(
        server.lines.map(({ request_id, method, route, status, tenant, level }) => [
          request_id,
          method,
          route,
          status,
          tenant,
          level,
        ]),
      ).to.deep.equal([
        ['r1', 'GET', '/logs', 200, 'uk_company_1', 'info'],
        ['r2', 'DELETE', '/cache/entries/{key}', 404, 'uk_company_1', 'info'],
        ['r3', 'POST', '/geocoding/geocode', 403, undefined, 'info'],
      ]);
    });

    it('logs an unexpected error once, with its stack, of which the caller learns nothing', async () => {
      server.application.queries.geocodeAddress = async () => {
        throw new TypeError('secret of the inside');
      };
      const answer = await geocode({ 'x-request-id': 'r1' });
      const text = await answer.text();
      expect(answer.status).to.equal(500);
      expect(text).to.not.contain('secret of the inside').and.to.not.contain('    at ');
      expect(JSON.parse(text)).to.include({ code: 'internal', request_id: 'r1' });
      expect(server.lines).to.have.length(1);
      expect(server.lines[0]).to.deep.include({ level: 'error', status: 500, code: 'internal' });
      expect(server.lines[0]?.error).to.include({ kind: 'internal', name: 'TypeError' });
      expect(server.lines[0]?.error?.frames?.[0]).to.match(/^at .*entry\.test\.ts/);
    });

    it('tells a lost database from a bug', async () => {
      server.application.queries.geocodeAddress = () =>
        Promise.reject(new LostDatabase('connect ECONNREFUSED'));
      const answer = await geocode({});
      expect(answer.status).to.equal(503);
      expect(Number(answer.headers.get('retry-after'))).to.be.at.least(1);
      expect(await problemOf(answer)).to.include({ code: 'unavailable' });
      expect(server.lines[0]).to.include({ level: 'warn', status: 503 });
      // Every request during the outage may fail with it: each log line has the reason, none the address.
      expect(JSON.parse(JSON.stringify(server.lines[0]?.error))).to.deep.equal({
        kind: 'dependency-lost',
        name: 'TrailUnavailable',
        message: 'connect ECONNREFUSED',
      });
    });
  });
});
