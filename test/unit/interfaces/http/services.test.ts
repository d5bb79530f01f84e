import { expect } from 'chai';
import { anId, anExternalService, OTHER_TENANT } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Body = { readonly [member: string]: unknown };
type Service = { readonly [field: string]: unknown };
const dataOf = async (answer: Response): Promise<Service> =>
  ((await answer.json()) as { readonly data: Service }).data;
const problemOf = async (answer: Response): Promise<Body> => (await answer.json()) as Body;

/** Word for word from the brief. */
const EXAMPLE = {
  service_name: 'google_maps',
  service_type: 'geocoding',
  display_name: 'Google Maps API',
  base_url: 'https://maps.googleapis.com/maps/api',
  is_active: true,
  health_status: 'healthy',
  rate_limit_per_minute: 60,
  priority: 100,
};

describe('services over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const create = (body: unknown) => server.ask('POST', '/services', { body });
  const created = async (body: unknown = EXAMPLE): Promise<{ path: string; etag: string }> => {
    const answer = await create(body);
    return { path: answer.headers.get('location') ?? '', etag: answer.headers.get('etag') ?? '' };
  };

  it('creates the example of the brief; health is for the monitor to say', async () => {
    const answer = await create(EXAMPLE);
    expect(answer.status).to.equal(201);
    const service = await dataOf(answer);
    expect(service).to.deep.equal({
      ...EXAMPLE,
      id: service['id'],
      management_company_id: 'uk_company_1',
      provider: 'google_maps',
      config: {},
      health_status: 'unknown',
      last_health_check: null,
      rate_limit_per_hour: null,
      rate_limit_per_day: null,
      rate_limit_per_month: null,
      fallback_service_id: null,
      cost_per_call: '0',
      cost_currency: 'USD',
      api_key_hint: null,
      has_credentials: false,
      created_at: '2026-11-22T12:00:00.123Z',
      updated_at: '2026-11-22T12:00:00.123Z',
    });
    expect(answer.headers.get('location')).to.equal(`/services/${String(service['id'])}`);
    expect(answer.headers.get('etag')).to.equal('"1"');
  });

  it('takes everything a service may have and tells no secret', async () => {
    const answer = await create({
      service_name: 'main-geocoder',
      service_type: 'geocoding',
      provider: 'yandex_maps',
      base_url: 'https://geocode-maps.yandex.ru/v1//',
      api_key: 'planted-key-0001',
      credentials: { private_key: 'planted-credential' },
      config: { distance_base_url: 'https://api.routing.yandex.net/v2' },
      is_active: false,
      rate_limit_per_minute: 0,
      rate_limit_per_hour: 1,
      rate_limit_per_day: 25_000,
      rate_limit_per_month: null,
      priority: -5,
      cost_per_call: 0.005,
      cost_currency: 'EUR',
    });
    expect(answer.status).to.equal(201);
    const text = await answer.text();
    expect(text).to.not.contain('planted');
    expect((JSON.parse(text) as { data: Service }).data).to.deep.include({
      display_name: 'main-geocoder',
      base_url: 'https://geocode-maps.yandex.ru/v1',
      config: { distance_base_url: 'https://api.routing.yandex.net/v2' },
      is_active: false,
      rate_limit_per_minute: 0,
      rate_limit_per_day: 25_000,
      rate_limit_per_month: null,
      cost_per_call: '0.005',
      cost_currency: 'EUR',
      api_key_hint: '0001',
      has_credentials: true,
    });
    expect(JSON.stringify(server.lines)).to.not.contain('planted');
  });

  it('takes senders, of which nothing is asked', async () => {
    const sender = { service_name: 'github', service_type: 'webhook', base_url: 'https://api.github.com' };
    const answer = await create(sender);
    expect(answer.status).to.equal(201);
    const { data } = (await answer.json()) as { data: Service };
    expect(data).to.include({ ...sender, provider: 'webhook', health_status: 'unknown' });
    const listed = await server.ask('GET', '/services?service_type=webhook');
    expect(((await listed.json()) as { data: readonly Service[] }).data).to.deep.equal([data]);
    const caller = await create({ ...sender, service_name: 'other', provider: 'google_maps' });
    expect((await problemOf(caller))['errors']).to.have.nested.property('[0].pointer', '/provider');
  });

  it('names what only the use case can see together with what the body shows', async () => {
    const answer = await create({
      service_type: 'spreadsheet',
      provider: 'google_maps',
      priority: '1',
      secret: 1,
    });
    expect(answer.status).to.equal(422);
    const problem = await problemOf(answer);
    expect((problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).to.have.members([
      '/service_name',
      '/priority',
      '/secret',
      '/provider',
    ]);
  });

  it('also names it beside a field whose name a pointer escapes', async () => {
    const answer = await create({ ...EXAMPLE, provider: 'google_sheets', 'a/b~c': 1 });
    const { errors } = (await problemOf(answer)) as { errors?: { pointer: string }[] };
    expect(errors?.map(({ pointer }) => pointer)).to.have.members(['/a~1b~0c', '/provider']);
  });

  for (const provider of [{}, { provider: 'bing_maps' }])
    it(`names it also while nobody knows the provider, given as ${JSON.stringify(provider)}`, async () => {
      const mine = { service_name: 'mine', service_type: 'geocoding', config: { api_key: 'a key' } };
      const answer = await create({ ...mine, ...provider });
      const { errors } = (await problemOf(answer)) as { errors?: { pointer: string }[] };
      expect(errors?.map(({ pointer }) => pointer)).to.have.members(['/provider', '/config/api_key']);
    });

  it('names all problems of a body at once', async () => {
    const answer = await create({
      service_name: 'Google Maps',
      service_type: 'fax',
      display_name: '',
      base_url: 'ftp://example.org',
      api_key: 'with space',
      credentials: 'text',
      config: { bad: 'a\u0000b' },
      is_active: 'yes',
      health_status: 'fine',
      rate_limit_per_minute: -1,
      rate_limit_per_day: 1.5,
      priority: '1',
      fallback_service_id: 'none',
      cost_per_call: '0.0000001',
      cost_currency: 'usd',
      secret: 1,
    });
    expect(answer.status).to.equal(422);
    const problem = await problemOf(answer);
    expect((problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).to.have.members([
      '/service_name',
      '/service_type',
      '/display_name',
      '/base_url',
      '/api_key',
      '/credentials',
      '/config',
      '/is_active',
      '/health_status',
      '/rate_limit_per_minute',
      '/rate_limit_per_day',
      '/priority',
      '/fallback_service_id',
      '/cost_per_call',
      '/cost_currency',
      '/secret',
      '/provider',
    ]);
    expect(problem['detail']).to.equal('17 values are not valid');
  });

  const bad: readonly (readonly [title: string, change: Body, pointer: string])[] = [
    ['an unknown provider', { provider: 'bing_maps' }, '/provider'],
    ['a provider of another type', { service_type: 'spreadsheet' }, '/provider'],
    ['a URL with a line feed', { base_url: 'https://example.org\n' }, '/base_url'],
    ['a URL that is none', { base_url: 'https://' }, '/base_url'],
    ['a config with digits that JavaScript does not keep', { config: { account: 2 ** 53 } }, '/config'],
    ['a config over 16 KiB', { config: { text: 'я'.repeat(9000) } }, '/config'],
    ['a config with a prototype', JSON.parse('{"config":{"a":{"__proto__":{}}}}') as Body, '/config'],
    ['a price with an exponent', { cost_per_call: 1e-7 }, '/cost_per_call'],
    ['a price of seven decimals', { cost_per_call: 0.1234567 }, '/cost_per_call'],
    ['a negative price', { cost_per_call: '-1' }, '/cost_per_call'],
    ['a limit beyond PostgreSQL', { rate_limit_per_month: 2 ** 31 }, '/rate_limit_per_month'],
  ];
  it('says of a price that it may be a number too, as the document does', async () => {
    const answer = await create({ ...EXAMPLE, cost_per_call: '1,5' });
    expect((await problemOf(answer))['errors'])
      .to.have.nested.property('[0].detail')
      .that.matches(/^a number or a decimal string such as "0.005", .* six behind$/);
  });

  for (const [title, change, pointer] of bad)
    it(`refuses ${title}`, async () => {
      const answer = await create({ ...EXAMPLE, ...change });
      expect(answer.status).to.equal(422);
      expect((await problemOf(answer))['errors']).to.have.nested.property('[0].pointer', pointer);
      expect(server.application.services.size).to.equal(0);
    });

  it('asks for a provider when the name is not one', async () => {
    const answer = await create({ service_name: 'mine', service_type: 'geocoding' });
    expect(answer.status).to.equal(422);
    expect((await problemOf(answer))['errors']).to.have.nested.property('[0].pointer', '/provider');
  });

  it('does not ask for a provider while the name, which may imply it, is missing', async () => {
    const answer = await create({});
    expect(answer.status).to.equal(422);
    const { errors } = (await problemOf(answer)) as { errors?: { pointer: string }[] };
    expect(errors?.map(({ pointer }) => pointer)).to.have.members(['/service_name', '/service_type']);
  });

  it('says 409 when the name is taken', async () => {
    await create(EXAMPLE);
    const answer = await create(EXAMPLE);
    expect(answer.status).to.equal(409);
    expect(await problemOf(answer)).to.include({
      code: 'conflict',
      detail: 'a service named "google_maps" exists already',
    });
  });

  it('reads one with its ETag, and 304 while it is unchanged', async () => {
    const { path, etag } = await created();
    const read = await server.ask('GET', path);
    expect([read.status, read.headers.get('etag')]).to.deep.equal([200, etag]);
    const conditions = [etag, `W/${etag}`, `"7", ${etag}`, '*', '"2"'];
    const answers = await Promise.all(
      conditions.map((tag) => server.ask('GET', path, { headers: { 'if-none-match': tag } })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([304, 304, 304, 304, 200]);
    expect(await answers[0]?.text()).to.equal('');
    const head = await server.ask('HEAD', path);
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
    expect(head.headers.get('content-length')).to.equal(read.headers.get('content-length'));
  });

  it('is read with If-Match only as what that names', async () => {
    const { path, etag } = await created();
    const statusWith = async (headers: { readonly [name: string]: string }) =>
      (await server.ask('GET', path, { headers })).status;
    for (const named of [etag, '*', `"7", ${etag}`])
      expect(await statusWith({ 'if-match': named }), named).to.equal(200);
    for (const other of ['"7"', `W/${etag}`])
      expect(await statusWith({ 'if-match': other }), other).to.equal(412);
    expect(await statusWith({ 'if-match': etag, 'if-none-match': etag })).to.equal(304);
    expect(await statusWith({ 'if-match': '"7"', 'if-none-match': etag })).to.equal(412);
  });

  it('is read again after a probe, which leaves its ETag unchanged', async () => {
    const { path, etag } = await created();
    for (const [id, service] of server.application.services)
      server.application.services.set(id, {
        ...service,
        healthStatus: 'unhealthy',
        lastHealthCheck: service.updatedAt,
      });
    const read = await server.ask('GET', path, { headers: { 'if-none-match': etag } });
    expect([read.status, read.headers.get('etag')]).to.deep.equal([200, etag]);
    expect(await dataOf(read)).to.include({ health_status: 'unhealthy' });
    expect((await server.ask('GET', path, { headers: { 'if-none-match': '*' } })).status).to.equal(304);
  });

  it('lists by pages and filters', async () => {
    for (const name of ['a', 'b', 'c'])
      await create({ ...EXAMPLE, service_name: name, provider: 'google_maps', is_active: name !== 'b' });
    const namesOf = async (path: string) => {
      const answer = await server.ask('GET', path);
      const { data, page } = (await answer.json()) as { data: Service[]; page: { next_cursor: string } };
      return { names: data.map((service) => service['service_name']), next: page.next_cursor };
    };
    const first = await namesOf('/services?limit=2');
    expect(first.names).to.deep.equal(['c', 'b']);
    const second = await namesOf(`/services?limit=2&cursor=${first.next}`);
    expect(second).to.deep.equal({ names: ['a'], next: null });
    expect((await namesOf('/services?is_active=false')).names).to.deep.equal(['b']);
    expect((await namesOf('/services?service_type=spreadsheet')).names).to.deep.equal([]);
    expect((await namesOf('/services?health_status=unknown&is_active=true')).names).to.deep.equal(['c', 'a']);
  });

  describe('changing', () => {
    const patch = (path: string, body: unknown, headers: { readonly [name: string]: string | null }) =>
      server.ask('PATCH', path, { body, headers });

    it('merges what is given and raises the version', async () => {
      const { path, etag } = await created({ ...EXAMPLE, api_key: 'key-00000001', cost_per_call: '0.005' });
      const answer = await patch(
        path,
        { display_name: 'Other', rate_limit_per_minute: null, rate_limit_per_day: 9, base_url: null },
        { 'if-match': etag, 'content-type': 'application/merge-patch+json' },
      );
      expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, '"2"']);
      expect(await dataOf(answer)).to.include({
        display_name: 'Other',
        rate_limit_per_minute: null,
        rate_limit_per_day: 9,
        base_url: null,
        api_key_hint: '0001',
        cost_per_call: '0.005',
      });
    });

    it('changes one half of the price alone, or clears it', async () => {
      const { path } = await created({ ...EXAMPLE, cost_per_call: '0.005', cost_currency: 'EUR' });
      const amount = await patch(path, { cost_per_call: '1.5' }, { 'if-match': '"1"' });
      expect(await dataOf(amount)).to.include({ cost_per_call: '1.5', cost_currency: 'EUR' });
      const currency = await patch(path, { cost_currency: 'RUB' }, { 'if-match': '*' });
      expect(await dataOf(currency)).to.include({ cost_per_call: '1.5', cost_currency: 'RUB' });
      const cleared = await patch(path, { cost_per_call: null }, { 'if-match': '"9", "3"' });
      expect(await dataOf(cleared)).to.include({ cost_per_call: '0', cost_currency: 'RUB' });
    });

    it('takes an answer back as a patch, its read-only health included', async () => {
      const { path, etag } = await created();
      const answer = await patch(path, EXAMPLE, { 'if-match': etag });
      expect(answer.status).to.equal(200);
    });

    it('refuses null where nothing can be cleared, and unknown fields', async () => {
      const { path, etag } = await created();
      const answer = await patch(
        path,
        { display_name: null, is_active: null, id: anId(1) },
        { 'if-match': etag },
      );
      expect(answer.status).to.equal(422);
      const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
      expect(errors.map(({ pointer }) => pointer)).to.have.members(['/display_name', '/is_active', '/id']);
    });

    for (const method of ['PATCH', 'DELETE']) {
      const change = (path: string, headers: { readonly [name: string]: string }) =>
        server.ask(method, path, { headers, ...(method === 'PATCH' ? { body: { priority: 1 } } : {}) });

      it(`asks for If-Match on ${method}`, async () => {
        const { path } = await created();
        const answer = await change(path, {});
        expect(answer.status).to.equal(428);
        expect((await problemOf(answer))['code']).to.equal('precondition-failed');
      });

      for (const tag of ['"2"', 'W/"1"', '1', '"x"', '', '"99999999999999999999"'])
        it(`refuses ${method} with If-Match ${tag || 'left empty'}`, async () => {
          const { path } = await created();
          const answer = await change(path, { 'if-match': tag });
          expect(answer.status).to.equal(412);
          expect((await problemOf(answer))['code']).to.equal('precondition-failed');
          expect(server.application.services.size).to.equal(1);
        });

      for (const tag of ['"1"', 'W/"1"', '"8", "1"', '*'])
        it(`refuses ${method} with If-None-Match ${tag}, whatever If-Match says`, async () => {
          const { path } = await created();
          for (const named of ['"1"', '*']) {
            const answer = await change(path, { 'if-match': named, 'if-none-match': tag });
            expect(answer.status).to.equal(412);
            expect((await problemOf(answer))['detail']).to.contain('If-None-Match');
          }
          expect(server.application.services.size).to.equal(1);
        });

      it(`takes ${method} with If-None-Match of another version`, async () => {
        const { path } = await created();
        const answer = await change(path, { 'if-match': '*', 'if-none-match': '"2"' });
        expect(answer.status).to.be.oneOf([200, 204]);
      });

      it(`does not find another tenant's service to ${method}, whatever If-Match says`, async () => {
        server.application.services.set(anId(7), anExternalService({ id: anId(7), tenantId: OTHER_TENANT }));
        const without = await change(`/services/${anId(7)}`, {});
        const with1 = await change(`/services/${anId(7)}`, { 'if-match': '"1"' });
        const any = await change(`/services/${anId(7)}`, { 'if-match': '*' });
        expect([without.status, with1.status, any.status]).to.deep.equal([404, 404, 404]);
      });
    }

    it('says 412 when somebody else is quicker between reading and writing', async () => {
      const { path, etag } = await created();
      const { queries } = server.application;
      const { getService } = queries;
      queries.getService = async (...asked) => {
        queries.getService = getService;
        const read = await getService(...asked);
        await (await patch(path, { priority: 2 }, { 'if-match': etag })).arrayBuffer();
        return read;
      };
      const answer = await patch(path, { priority: 1 }, { 'if-match': etag });
      expect(answer.status).to.equal(412);
    });
  });

  it('removes one, unless something refers to it', async () => {
    const { path, etag } = await created();
    const id = path.slice('/services/'.length);
    await create({ ...EXAMPLE, service_name: 'yandex_maps', fallback_service_id: id.toUpperCase() });
    const held = await server.ask('DELETE', path, { headers: { 'if-match': etag } });
    expect(held.status).to.equal(409);
    // Lists omit archived webhooks unless asked for them.
    for (const word of ['fallback_service_id', 'source_service_id', 'status=archived'])
      expect((await problemOf(held.clone()))['detail']).to.contain(word);
    const other = [...server.application.services.values()].find((service) => service.id !== id);
    await server.ask('DELETE', `/services/${other?.id}`, { headers: { 'if-match': '*' } });
    const removed = await server.ask('DELETE', path, { headers: { 'if-match': etag } });
    expect([removed.status, await removed.text()]).to.deep.equal([204, '']);
    expect((await server.ask('GET', path)).status).to.equal(404);
  });

  it('probes, tells the quota and the costs', async () => {
    const { path } = await created();
    const probe = await server.ask('POST', `${path}/health-checks`);
    expect([probe.status, await dataOf(probe)]).to.deep.equal([
      200,
      {
        service_id: path.slice('/services/'.length),
        reachable: false,
        health_status: 'degraded',
        checked_at: '2026-11-22T12:00:00.123Z',
        duration_ms: 12,
        error: { code: 'provider-timeout', detail: 'no answer within 5000 ms' },
      },
    ]);
    const window = {
      window_type: 'minute',
      used: 1,
      remaining: 59,
      resets_at: '2026-11-22T12:00:11.623Z',
    };
    expect(await dataOf(await server.ask('GET', `${path}/quota`))).to.deep.equal([
      { scope: 'service', calls: 'all', limit: 60, ...window },
      { scope: 'tenant', calls: 'all', limit: 50, ...window },
    ]);
    expect(await dataOf(await server.ask('GET', `${path}/costs`))).to.deep.equal([
      { group: 'day', calls: 3, cost: { amount: '0.015', currency: 'USD' } },
    ]);
    for (const [method, tail] of [
      ['POST', 'health-checks'],
      ['GET', 'quota'],
      ['GET', 'costs'],
    ] as const)
      expect((await server.ask(method, `/services/${anId(99)}/${tail}`)).status).to.equal(404);
  });
});
