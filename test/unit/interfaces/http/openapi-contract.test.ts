import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { aFailedCall, anAttempt, aProviderFailure, aWindow } from '../../../support/a-call-report.ts';
import { anId } from '../../../support/an-external-service.ts';
import { judgeOf, pointerTo, type DocumentJudge, type Node } from '../../../support/openapi-judge.ts';
import { startHttpServer, type Asked, type RunningServer } from '../../../support/with-http-server.ts';

describe('the OpenAPI document', () => {
  let server: RunningServer;
  let judge: DocumentJudge;

  const check = async (method: string, path: string, target: string, more?: Asked): Promise<number> => {
    const answer = await server.ask(method, target, more);
    await judge.holds(method, path, answer);
    return answer.status;
  };

  before(async () => {
    server = await startHttpServer();
    judge = await judgeOf(server.url);
  });
  after(() => server.http.close(0));

  it('is OpenAPI 3.1 with an id of its own for every operation and nothing dangling', () => {
    expect(judge.document['openapi']).to.equal('3.1.0');
    const ids = judge.operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    const references = [...JSON.stringify(judge.document).matchAll(/"\$ref":"#([^"]+)"/g)];
    for (const [, pointer = ''] of references) expect(judge.at(pointer), pointer).to.be.an('object');
  });

  it('describes parameters of every path and the credential and tenant of every tenant route', () => {
    for (const { path, operation } of judge.operations()) {
      const parameters = (operation['parameters'] as unknown as Node[]).map(judge.resolved) as unknown as {
        readonly name: string;
        readonly in: string;
      }[];
      const named = (place: string) =>
        parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(named('path')).to.deep.equal(inPath);
      const isOpen = (operation['security'] as unknown as unknown[]).length === 0;
      expect(named('header').includes('X-Management-Company-Id'), path).to.equal(!isOpen);
    }
  });

  it('lists If-None-Match where the answer may be that nothing has changed, and nowhere else', () => {
    for (const { path, method, operation } of judge.operations()) {
      const parameters = (operation['parameters'] as unknown as Node[]).map(judge.resolved);
      const names = (parameters as unknown as { readonly name: string }[]).map(({ name }) => name);
      const mayBeUnchanged = '304' in (operation['responses'] ?? {});
      expect(names.includes('If-None-Match'), `${method} ${path}`).to.equal(mayBeUnchanged);
    }
  });

  it('describes the parts of a path as strictly as they are checked', () => {
    type Described = { readonly name: string; readonly schema: object };
    const read = judge
      .operations()
      .find(({ path, method }) => path === '/sheets/{spreadsheet_id}/values/{range}' && method === 'get');
    const parameters = (read?.operation['parameters'] ?? []) as unknown as readonly Described[];
    const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name)?.schema;
    expect(schemaOf('spreadsheet_id')).to.deep.equal({
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,200}$',
    });
    expect(schemaOf('range')).to.deep.equal({ type: 'string', minLength: 1, maxLength: 1000 });
  });

  it('writes every duration as an integer of milliseconds or seconds', () => {
    type Typed = { readonly type?: string | readonly string[]; readonly anyOf?: readonly Typed[] };
    const typesOf = ({ type = [], anyOf = [] }: Typed): readonly string[] => [
      ...(typeof type === 'string' ? [type] : type),
      ...anyOf.flatMap(typesOf),
    ];
    const found: string[] = [];
    const look = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties = {} } = node as { readonly properties?: Readonly<Record<string, Typed>> };
      for (const [name, schema] of Object.entries(properties)) {
        if (!/_(?:ms|seconds)$/.test(name)) continue;
        found.push(name);
        expect(typesOf(schema), name).to.include('integer').and.to.not.include('number');
      }
      for (const inner of Object.values(node)) look(inner);
    };
    look(judge.document);
    expect(found).to.include.members(['duration_ms', 'age_seconds', 'p95_ms', 'overlap_seconds']);
  });

  it('says of every operation and every part of its path what it is', () => {
    type Described = { readonly in?: string; readonly summary?: string; readonly description?: string };
    for (const { path, method, operation } of judge.operations()) {
      const { summary, description } = operation as Described;
      const parameters = (operation['parameters'] as unknown as Node[]).map(judge.resolved) as Described[];
      const inPath = parameters.filter((each) => each.in === 'path').map((each) => each.description);
      for (const text of [summary, description, ...inPath])
        expect(text, `${method} ${path}`).to.match(/\w{2}.*\w/);
    }
  });

  it('has a good example for every body, which the service takes', async () => {
    const bodies = judge.operations().flatMap(({ path, method, operation }) =>
      Object.entries(operation['requestBody']?.['content'] ?? {}).map(([type, content]) => ({
        path,
        method,
        type,
        content,
        pointer: pointerTo('paths', path, method, 'requestBody', 'content', type, 'schema'),
      })),
    );
    expect(bodies.length).to.be.greaterThan(15);
    // A separate server: what the other examples create would disturb the tests below.
    const another = await startHttpServer();
    for (const { path, method, type, content, pointer } of bodies) {
      const validate = judge.validatorAt(pointer);
      expect(
        validate(content['example']),
        `${method} ${path}: ${judge.errorsText(validate.errors)}`,
      ).to.equal(true);
      const target = path
        .replace('{spreadsheet_id}', '1'.repeat(44))
        .replace('{range}', 'A1')
        .replace('{id}', anId(99));
      const headers = { 'content-type': type, 'if-match': '*' };
      const answer = await another.ask(method.toUpperCase(), target, { body: content['example'], headers });
      expect(answer.status, `${method} ${path}: ${await answer.text()}`).to.be.oneOf([
        200, 201, 202, 204, 404,
      ]);
    }
    await another.http.close(0);
  });

  it('lists no parameter that may come more than once', async () => {
    type Listed = { readonly in: string; readonly name: string };
    const listed = judge
      .operations()
      .flatMap(({ path, method, operation }) =>
        ((operation['parameters'] as unknown as Node[]).map(judge.resolved) as unknown as Listed[])
          .filter((parameter) => parameter.in === 'query')
          .map(({ name }) => ({ path, method, name })),
      );
    expect(listed.length).to.be.greaterThan(30);
    for (const { path, method, name } of listed) {
      const target = path
        .replace('{spreadsheet_id}', '1'.repeat(44))
        .replace('{range}', 'A1')
        .replace('{id}', anId(99));
      const more = ['get', 'delete'].includes(method) ? {} : { body: {}, headers: { 'if-match': '*' } };
      const answer = await server.ask(method.toUpperCase(), `${target}?${name}=1&${name}=1`, more);
      const { errors = [] } = (await answer.json()) as {
        readonly errors?: readonly { readonly parameter?: string; readonly detail: string }[];
      };
      const told = errors.filter(({ parameter }) => parameter === name).map(({ detail }) => detail);
      expect(told, `${method} ${path} ${name}`).to.deep.equal(['given more than once']);
    }
  });

  it('prefills the page of the API with what a fresh service takes', () => {
    expect(judge.document['info']).to.have.property('description').that.includes('npm run --silent token');
    for (const tag of judge.document['tags'] as unknown as Node[])
      expect(tag, JSON.stringify(tag)).to.have.property('description');
    const { Tenant, IfMatch } = judge.at('/components/parameters');
    expect([Tenant?.['example'], IfMatch?.['example']]).to.deep.equal(['uk_company_1', '*']);
    const distance = judge.at(pointerTo('paths', '/geocoding/distance', 'post', 'requestBody', 'content'));
    // Road distances need a provider with a key.
    expect(distance['application/json']?.['example']).to.include({ mode: 'straight_line' });
  });

  it('describes the answers of geocoding', async () => {
    const path = '/geocoding/geocode';
    const ask = (body: unknown, headers = {}) => check('POST', path, path, { body, headers });
    const statuses = [
      await ask({ address: 'Ташкент' }),
      await ask({ address: 'Ташкент' }),
      await ask({ address: 'nowhere' }),
      await ask({ address: '', x: 1 }),
      await ask('{'),
      await ask({ address: 'a' }, { authorization: null }),
      await ask({ address: 'a' }, { authorization: 'Bearer logs:read' }),
      await ask({ address: 'a' }, { 'content-type': 'text/plain' }),
      await ask({ address: 'a'.repeat(1024 * 1024) }),
      await ask({ address: 'other' }, { 'cache-control': 'only-if-cached' }),
    ];
    expect(statuses).to.deep.equal([200, 200, 200, 422, 400, 401, 403, 415, 413, 504]);
    expect(
      await check('POST', '/geocoding/reverse', '/geocoding/reverse', {
        body: { latitude: 1, longitude: 2 },
      }),
    ).to.equal(200);
    for (const mode of ['driving', 'straight_line'])
      await check('POST', '/geocoding/distance', '/geocoding/distance', {
        body: { origin: 'a', destination: { latitude: 1, longitude: 2 }, mode },
      });
    await check('POST', '/geocoding/distance', '/geocoding/distance', {
      body: { origin: 'nowhere', destination: 'a' },
    });
  });

  it('describes failures of integration calls', async () => {
    const path = '/geocoding/geocode';
    const { queries } = server.application;
    const usual = queries.geocodeAddress;
    const message = 'm';
    const failures = [
      aProviderFailure({
        kind: 'quota-exceeded',
        scope: 'service',
        retryAfterMs: 5,
        window: aWindow(),
        message,
      }),
      aProviderFailure({ kind: 'credentials-rejected', message }),
      aProviderFailure({ kind: 'breaker-open', retryAfterMs: 5, message }),
      aFailedCall({ kind: 'all-providers-failed', attempts: [anAttempt()], retryAfterMs: 0 }),
      aFailedCall({ kind: 'deadline-exceeded', attempts: [] }),
    ];
    for (const failed of failures) {
      queries.geocodeAddress = async () => left(failed);
      await check('POST', path, path, { body: { address: 'a' } });
    }
    queries.geocodeAddress = () => Promise.reject(new Error('bug'));
    expect(await check('POST', path, path, { body: { address: 'a' } })).to.equal(500);
    queries.geocodeAddress = usual;
  });

  it('describes batches, as one answer and as lines', async () => {
    const path = '/geocoding/batch';
    const body = { addresses: ['a', '', 'nowhere'] };
    expect(await check('POST', path, path, { body })).to.equal(200);
    expect(await check('POST', path, path, { body, headers: { accept: 'application/x-ndjson' } })).to.equal(
      200,
    );
  });

  it('describes the answers of services', async () => {
    const body = {
      service_name: 'google_maps',
      service_type: 'geocoding',
      api_key: 'key-00000001',
      config: { a: [1] },
      rate_limit_per_minute: 5,
    };
    const answer = await server.ask('POST', '/services', { body });
    const path = answer.headers.get('location') ?? '';
    await judge.holds('POST', '/services', answer);
    const one = '/services/{id}';
    const ifMatch = { 'if-match': '*' };
    const statuses = [
      await check('POST', '/services', '/services', { body }),
      await check('GET', '/services', '/services?limit=1'),
      await check('GET', '/services', '/services?limit=0'),
      await check('GET', one, path),
      await check('GET', one, path, { headers: { 'if-none-match': '"1"' } }),
      await check('GET', one, '/services/x'),
      await check('PATCH', one, path, { body: { priority: 5 }, headers: ifMatch }),
      await check('PATCH', one, path, { body: { priority: 5 } }),
      await check('PATCH', one, path, { body: { priority: 5 }, headers: { 'if-match': '"1"' } }),
      await check('POST', `${one}/health-checks`, `${path}/health-checks`),
      await check('GET', `${one}/quota`, `${path}/quota`),
      await check('GET', `${one}/costs`, `${path}/costs`),
      await check('DELETE', one, path),
      await check('DELETE', one, path, { headers: ifMatch }),
    ];
    expect(statuses).to.deep.equal([409, 200, 422, 200, 304, 404, 200, 428, 412, 200, 200, 200, 428, 204]);
  });

  it('describes the answers of logs, costs, cache and tokens', async () => {
    const issued = await server.ask('POST', '/tokens', { body: { name: 'a', scopes: ['geocoding'] } });
    const token = issued.headers.get('location') ?? '';
    await judge.holds('POST', '/tokens', issued);
    const statuses = [
      await check('GET', '/logs', '/logs'),
      await check('GET', '/logs/{id}', `/logs/${anId(1)}`),
      await check('GET', '/logs/{id}', `/logs/${anId(2)}`),
      await check('GET', '/logs/summary', '/logs/summary'),
      await check('GET', '/costs', '/costs'),
      await check('GET', '/cache/stats', '/cache/stats'),
      await check('GET', '/cache/entries', '/cache/entries'),
      await check('DELETE', '/cache/entries/{key}', '/cache/entries/geo%3A1'),
      await check('DELETE', '/cache/entries/{key}', '/cache/entries/none'),
      await check('POST', '/cache/invalidations', '/cache/invalidations', { body: {} }),
      await check('GET', '/tokens', '/tokens'),
      await check('DELETE', '/tokens/{id}', token),
    ];
    expect(statuses).to.deep.equal([200, 200, 404, 200, 200, 200, 200, 204, 404, 204, 200, 204]);
  });

  it('describes the answers of sheets', async () => {
    const [one, sheet] = ['/sheets/{spreadsheet_id}', `/sheets/${'1'.repeat(44)}`];
    const statuses = [
      await check('GET', one, sheet),
      await check('GET', one, '/sheets/no%20id'),
      await check('GET', `${one}/values/{range}`, `${sheet}/values/Sheet1!A1%3AB2?pad=true`),
      await check('GET', `${one}/values/{range}`, `${sheet}/values/A0`),
      await check('POST', `${one}/values/batch-get`, `${sheet}/values/batch-get`, {
        body: { ranges: ['A1', "'Заявки'!B:C"], major_dimension: 'COLUMNS' },
      }),
      await check('POST', `${one}/values/batch-get`, `${sheet}/values/batch-get`, { body: { ranges: [] } }),
    ];
    expect(statuses).to.deep.equal([200, 422, 200, 422, 200, 422]);
    const { queries } = server.application;
    const usual = queries.describeSpreadsheet;
    queries.describeSpreadsheet = async () =>
      left(aProviderFailure({ kind: 'resource-not-found', message: 'm' }));
    expect(await check('GET', one, sheet)).to.equal(404);
    queries.describeSpreadsheet = usual;
  });

  it('describes the answers of writes to sheets', async () => {
    const [range, path] = ['/sheets/{spreadsheet_id}/values/{range}', `/sheets/${'1'.repeat(44)}/values`];
    const batch = '/sheets/{spreadsheet_id}/values/batch-update';
    const [body, headers] = [
      { values: [['a', 1, null, true, { date: '2026-01-31' }]] },
      { 'idempotency-key': 'k' },
    ];
    const statuses = [
      await check('PUT', range, `${path}/A1`, { body, headers }),
      await check('PUT', range, `${path}/A1`, { body, headers }),
      await check('PUT', range, `${path}/A0`, { body: { values: 1 } }),
      await check('PUT', range, `${path}/A1`, { body, headers: { 'idempotency-key': 'two words' } }),
      await check('POST', `${range}/append`, `${path}/A1/append`, { body }),
      await check('POST', `${range}/append`, `${path}/A1/append`, { body: { values: [[null]] } }),
      await check('POST', `${range}/clear`, `${path}/A1/clear`),
      await check('POST', batch, `${path}/batch-update`, { body: { data: [{ range: 'A1', ...body }] } }),
      await check('POST', batch, `${path}/batch-update`, { body: { data: [] } }),
    ];
    expect(statuses).to.deep.equal([200, 200, 422, 400, 200, 422, 200, 200, 422]);
    server.application.commands.appendRows = async () =>
      left({ kind: 'idempotency-in-progress', retryAfterMs: 900 });
    expect(await check('POST', `${range}/append`, `${path}/A1/append`, { body })).to.equal(409);
  });

  it('describes the answers of webhooks', async () => {
    const body = { webhook_name: 'hook', source_service: 'github', response: { status: 202 } };
    const answer = await server.ask('POST', '/webhooks', { body });
    const path = answer.headers.get('location') ?? '';
    await judge.holds('POST', '/webhooks', answer);
    const one = '/webhooks/{id}';
    const ifMatch = { 'if-match': '*' };
    const proof = { kind: 'hmac', signature_header: 'X-Signature', timestamp: { header: 'X-Time' } };
    const handshake = { in: 'query', match_path: 'type', match_value: 'ping', respond_path: 'challenge' };
    const facts = { id_header: 'X-Id', event_type_path: 'type', reject_empty_body: true, handshake };
    const scheme = { ...proof, ...facts, template: '{timestamp}.{body}', response: { status: 204 } };
    const custom = { webhook_name: 'custom', source_service: 'custom', scheme };
    const statuses = [
      await check('POST', '/webhooks', '/webhooks', { body: custom }),
      await check('POST', '/webhooks', '/webhooks', { body }),
      await check('POST', '/webhooks', '/webhooks', { body: { webhook_name: 'x' } }),
      await check('POST', `${one}/secrets`, `${path}/secrets`),
      await check('POST', `${one}/token`, `${path}/token`, { body: { overlap_seconds: 5 } }),
      await check('GET', '/webhooks', '/webhooks?limit=1'),
      await check('GET', one, path),
      await check('GET', one, path, { headers: { 'if-none-match': '*' } }),
      await check('PATCH', one, path, { body: { status: 'paused' }, headers: ifMatch }),
      await check('PATCH', one, path, { body: {} }),
      await check('DELETE', one, path, { headers: ifMatch }),
      await check('GET', one, '/webhooks/x'),
    ];
    expect(statuses).to.deep.equal([201, 409, 422, 201, 201, 200, 200, 304, 200, 428, 204, 404]);
  });

  it('describes the answers of operations', async () => {
    for (const path of [
      '/',
      '/health',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/docs',
    ])
      expect(await check('GET', path, path)).to.equal(200);
    for (const file of ['start.js', 'swagger-ui.css', 'favicon-32x32.png'])
      expect(await check('GET', '/docs/{file}', `/docs/${file}`)).to.equal(200);
    expect(await check('GET', '/docs/{file}', '/docs/none')).to.equal(404);
    expect(await check('GET', '/docs/{file}', '/docs/%FF')).to.equal(400);
    server.application.queries.systemHealth = async () => ({ status: 'down', dependencies: [] });
    expect(await check('GET', '/health', '/health')).to.equal(503);
    expect(await check('GET', '/health/ready', '/health/ready')).to.equal(503);
  });

  it('describes the answers about deliveries', async () => {
    const of = (what: string) => `/webhooks/${anId(900)}/${what}`;
    const one = `/webhooks/deliveries/${anId(1)}`;
    const statuses = [
      await check('GET', '/webhooks/{id}/deliveries', of('deliveries')),
      await check('GET', '/webhooks/{id}/deliveries', `${of('deliveries')}?state=lost`),
      await check('GET', '/webhooks/{id}/rejections', of('rejections')),
      await check('GET', '/webhooks/deliveries/{id}', one),
      await check('GET', '/webhooks/deliveries/{id}', '/webhooks/deliveries/x'),
      await check('GET', '/webhooks/deliveries/{id}/body', `${one}/body`),
    ];
    expect(statuses).to.deep.equal([200, 422, 200, 200, 404, 200]);
  });

  it('describes the answers about replays and trials', async () => {
    const path = '/webhooks/replays';
    const started = await server.ask('POST', path, { body: { filter: {} } });
    const target = started.headers.get('location') ?? '';
    await judge.holds('POST', path, started);
    const replay = '/webhooks/deliveries/{id}/replay';
    const trial = '/webhooks/{id}/test';
    const statuses = [
      await check('POST', path, path, { body: { filter: {}, dry_run: true } }),
      await check('POST', path, path, { body: {} }),
      await check('GET', path, path),
      await check('GET', `${path}/{id}`, target),
      await check('DELETE', `${path}/{id}`, target),
      await check('POST', replay, `/webhooks/deliveries/${anId(1)}/replay`),
      await check('POST', replay, `/webhooks/deliveries/${anId(3)}/replay`),
      await check('POST', trial, `/webhooks/${anId(900)}/test`, { body: { headers: [] } }),
    ];
    expect(statuses).to.deep.equal([200, 422, 200, 200, 200, 202, 409, 200]);
  });

  it('describes the answers to senders of webhooks', async () => {
    const statuses = [
      await check('POST', '/webhooks/in/{token}', '/webhooks/in/known', { body: {} }),
      await check('POST', '/webhooks/in/{token}', '/webhooks/in/unknown', { body: {} }),
      await check('POST', '/webhooks/in/{token}', '/webhooks/in/%zz', { body: {} }),
      await check('POST', '/webhooks/in', '/webhooks/in', {
        body: {},
        headers: { 'x-webhook-token': 'known' },
      }),
    ];
    expect(statuses).to.deep.equal([200, 404, 404, 200]);
    const byGet = [];
    for (const token of ['greeting', 'unknown', 'known'])
      byGet.push(await check('GET', '/webhooks/in/{token}', `/webhooks/in/${token}`));
    expect(byGet).to.deep.equal([200, 404, 405]);
    for (const path of ['/webhooks/in/{token}', '/webhooks/in']) {
      const responses = judge.at(pointerTo('paths', path, 'post', 'responses'));
      // Challenges are plain text, and a custom webhook answers as its tenant configured.
      expect(Object.keys(responses['200']?.['content'] ?? {})).to.have.members(['application/json', '*/*']);
      expect(responses).to.have.property('2XX');
    }
  });

  it('was held against a good answer of every operation', () => {
    const good = [...judge.held].map((key) => key.replace(/ [23]\d\d$/, ''));
    for (const { method, path } of judge.operations()) expect(good).to.include(`${method} ${path}`);
  });

  describe('takes and refuses the bodies that the server takes and refuses', () => {
    const samples: readonly (readonly [path: string, body: unknown])[] = [
      ['/geocoding/geocode', { address: 'a', language: 'ru-RU', region: 'uz', limit: 20 }],
      ['/geocoding/geocode', { address: '' }],
      ['/geocoding/geocode', { address: ' \u00a0 ' }],
      ['/geocoding/geocode', { address: ' \u00a0 a ' }],
      ['/geocoding/geocode', { address: 'a\nb' }],
      ['/geocoding/geocode', { address: 'a\u0085b' }],
      ['/geocoding/geocode', { address: 'a\t' }],
      ['/geocoding/geocode', { address: '𝕏'.repeat(1000) }],
      ['/geocoding/geocode', { address: 'a'.repeat(1001) }],
      ['/geocoding/geocode', { address: 'a', language: 'r' }],
      ['/geocoding/geocode', { address: 'a', region: 'UZB' }],
      ['/geocoding/geocode', { address: 'a', limit: 21 }],
      ['/geocoding/geocode', { address: 'a', more: 1 }],
      ['/geocoding/reverse', { latitude: 90, longitude: -180 }],
      ['/geocoding/reverse', { latitude: 91, longitude: 0 }],
      ['/geocoding/reverse', { latitude: '1', longitude: 0 }],
      ['/geocoding/distance', { origin: 'a', destination: { address: 'b' }, mode: 'walking' }],
      ['/geocoding/distance', { origin: { latitude: 1 }, destination: 'b' }],
      ['/geocoding/distance', { origin: 'a', destination: 'b', mode: 'flying' }],
      ['/geocoding/batch', { addresses: ['a'] }],
      ['/geocoding/batch', { addresses: [] }],
      ['/services', { service_name: 'gazetteer', service_type: 'geocoding', cost_per_call: 0.1 }],
      ['/services', { service_name: 'yandex_maps', service_type: 'geocoding', base_url: null }],
      ['/services', { service_name: 'github', service_type: 'webhook' }],
      ['/services', { service_name: 'yandex_maps', service_type: 'geocoding', cost_per_call: '0.0000001' }],
      ['/services', { service_name: 'yandex_maps', service_type: 'geocoding', cost_per_call: -1 }],
      [
        '/services',
        { service_name: 'priced', provider: 'gazetteer', service_type: 'geocoding', cost_per_call: 1e9 },
      ],
      [
        '/services',
        {
          service_name: 'dear',
          provider: 'gazetteer',
          service_type: 'geocoding',
          cost_per_call: 999_999_999.999_999,
        },
      ],
      ['/services', { service_name: 'yandex_maps', service_type: 'geocoding', base_url: 'ftp://maps.test' }],
      ['/services', { service_name: 'yandex_maps', service_type: 'geocoding', display_name: ' ' }],
      ['/services', { service_name: 'yandex_maps', service_type: 'geocoding', api_key: 'two words' }],
      ['/services', { service_name: 'google_maps' }],
      ['/services', { service_name: 'google_maps', service_type: 'geocoding', priority: 0.5 }],
      ['/services', { service_name: 'google_maps', service_type: 'geocoding', rate_limit_per_day: -1 }],
      ['/tokens', { name: 'a', scopes: ['geocoding'], expires_at: null }],
      ['/tokens', { name: 'a', scopes: ['geocoding'], expires_at: '2100-01-01T00:00:00Z' }],
      ['/tokens', { name: 'a', scopes: ['geocoding'], expires_at: '2100-12-31T23:59:60Z' }],
      ['/tokens', { name: 'a', scopes: ['geocoding'], expires_at: '2100-12-31T12:00:60Z' }],
      ['/tokens', { name: 'a', scopes: ['geocoding'], expires_at: '2100-01-01' }],
      ['/tokens', { name: 'a', scopes: ['geocoding'], expires_at: '2100-01-01T24:00:00Z' }],
      ['/tokens', { name: 'a', scopes: [] }],
      ['/tokens', { name: 'a', scopes: ['all'] }],
      ['/webhooks', { webhook_name: 'a', source_service: 'telegram', ip_mode: null, max_body_bytes: 5 }],
      ['/webhooks', { webhook_name: 'u', source_service: 'github', public_url: 'https://a.test/in/{token}' }],
      ['/webhooks', { webhook_name: 'u', source_service: 'github', public_url: 'a place {' }],
      ['/webhooks', { webhook_name: 'a', source_service: 'fax' }],
      ['/webhooks', { webhook_name: 's', source_service: 'github', secret_key: '🔑'.repeat(512) }],
      ['/webhooks', { webhook_name: 't', source_service: 'github', secret_key: '🔑'.repeat(513) }],
      ['/webhooks', { webhook_name: 'a', source_service: 'github', max_body_bytes: 33_554_433 }],
      [
        '/webhooks',
        { webhook_name: 'b', source_service: 'custom', scheme: { kind: 'bearer', id_path: null } },
      ],
      ['/webhooks', { webhook_name: 'c', source_service: 'custom', scheme: { kind: 'smoke' } }],
      ['/webhooks', { webhook_name: 'c', source_service: 'custom', scheme: { kind: 'none', header: 'x' } }],
      ['/webhooks', { webhook_name: 'd', source_service: 'github', response: { status: 404 } }],
      ['/webhooks/{id}/test', { headers: [], query: '' }],
      ['/webhooks/{id}/test', { headers: [], token: '' }],
      ['/webhooks/replays', { filter: { flags: ['replay_suspect'] }, rate_per_second: 100 }],
      ['/webhooks/replays', { filter: { state: 'spooled' } }],
      ['/webhooks/replays', { filter: { from: '2026-11-01', to: '2026-11-01T10:00:00+05:00' } }],
      ['/webhooks/replays', { filter: { from: 'yesterday' } }],
      ['/webhooks/replays', { filter: { from: '2017-01-01T05:29:60.5+05:30' } }],
      ['/webhooks/replays', { filter: {}, rate_per_second: 0 }],
      ['/cache/invalidations', { operation: 'geocode' }],
      ['/cache/invalidations', { key: 'k' }],
    ];
    for (const [path, body] of samples)
      it(`${path} ${JSON.stringify(body).slice(0, 70)}`, async () => {
        const answer = await server.ask('POST', path.replace('{id}', anId(1)), { body });
        await answer.arrayBuffer();
        const schema = pointerTo(
          'paths',
          path,
          'post',
          'requestBody',
          'content',
          'application/json',
          'schema',
        );
        expect(judge.validatorAt(schema)(body)).to.equal(answer.status !== 422);
      });
  });

  it('is made of the very routes that are served', async () => {
    server.application.queries.geocodeAddress = async () =>
      right({ value: { matches: [], attribution: '' }, report: aFailedCall({ kind: 'not-cached' }).report });
    for (const { method, path } of judge.operations()) {
      const target = path.replace('{id}', anId(1)).replace(/\{\w+\}/, 'x');
      const answer = await server.ask(method.toUpperCase(), target);
      const other = await server.ask('OPTIONS', target);
      await Promise.all([answer.arrayBuffer(), other.arrayBuffer()]);
      expect(answer.status, `${method} ${path}`).to.not.equal(405);
      expect(other.status, `OPTIONS ${path}`).to.equal(405);
    }
  });
});
