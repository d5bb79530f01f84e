import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle, registerYandex, startGateway, type Gateway } from '../support/gateway.ts';
import { tapEvents } from '../support/event-tap.ts';
import { rawExchange, requestHead } from '../support/raw-http.ts';
import { accountKeys, keyFile, privatePem } from '../support/service-account.ts';
import { runEntryPoint } from '../support/service-process.ts';
import type { Data, Geocoded, Service } from '../support/wire.ts';
import { eventually } from '../support/until.ts';

const planted = (what: string): string => `PLANTED-${what}-${randomBytes(12).toString('hex')}`;

const JWT_SECRET = planted('jwt-secret');
const oldKey = randomBytes(32).toString('base64');
const newKey = randomBytes(32).toString('base64');
const googleKey = `SANDBOX-${planted('google-key')}`;
const yandexKey = `SANDBOX-${planted('yandex-key')}`;
const badKey = planted('refused-key');
const secondKey = `AIzaSy${randomBytes(16).toString('hex')}`;
const credentials = keyFile();
/** One line of the key: line ends are written differently inside JSON. */
const privateKeyLine = privatePem(accountKeys()).split('\n')[3] ?? '';

/** A provider that echoes everything it was sent, as some do in their error texts. */
const gossip = async (): Promise<{ readonly url: string; readonly server: Server }> => {
  const server = createServer((req, res) => {
    const told = `${req.method} ${req.url} ${JSON.stringify(req.headers)}`;
    res.writeHead(400, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ status: 'INVALID_REQUEST', error_message: told, results: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
};

type Created = { readonly id: string; readonly webhook_token?: string; readonly secret_key?: string };

describe('Planted secrets', () => {
  let gateway: Gateway;
  let api: ApiClient;
  let tattler: Awaited<ReturnType<typeof gossip>>;
  const secrets = new Map<string, string>([
    ['JWT secret', JWT_SECRET],
    ['old encryption key', oldKey],
    ['new encryption key', newKey],
    ["Google's key", googleKey],
    ["Yandex' key", yandexKey],
    ['refused key', badKey],
    ['changed key', secondKey],
    ['private key of the credentials', privateKeyLine],
  ]);
  let where: () => Promise<readonly (readonly [place: string, text: string])[]>;

  const everyRow = async (): Promise<string> => {
    const tables = await gateway.sql<{ name: string }>(
      `select quote_ident(relname) as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const rows = await gateway.sql<{ row: string }>(`select t::text as row from ${name} t`);
      texts.push(...rows.map(({ row }) => row));
    }
    expect(texts.length).to.be.greaterThan(20);
    return texts.join('\n');
  };

  before(async () => {
    tattler = await gossip();
    gateway = await startGateway({
      JWT_SECRET,
      ENCRYPTION_KEYS: `old:${oldKey}`,
      ATTEMPT_TIMEOUT_MS: '1000',
      DEBUG: 'true',
    });
    const events = await tapEvents(gateway);
    api = await gateway.administrator('main');
    secrets.set("administrator's JWT", api.headers['authorization']?.split(' ')[1] ?? '');
    where = async () => [
      ['output', gateway.output()],
      ['rows', await everyRow()],
      ['events', JSON.stringify(await events())],
      ['answers', gateway.answers.map(({ text, headers }) => JSON.stringify([...headers]) + text).join('\n')],
    ];
  });
  after(async () => {
    await gateway.stop();
    tattler.server.close();
  });

  const geocode = (address: string, headers = {}) =>
    api.post<Geocoded>('/geocoding/geocode', { address }, headers);
  const expectNowhere = async (): Promise<void> => {
    const places = await where();
    for (const [name, secret] of secrets) {
      expect(secret.length, name).to.be.greaterThan(15);
      for (const form of new Set([
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64'),
      ]))
        for (const [place, text] of places)
          expect(text.includes(form), `${name} in ${place}: ${around(text, form)}`).to.equal(false);
    }
  };
  const around = (text: string, form: string): string => {
    const at = text.indexOf(form);
    return at < 0 ? '' : text.slice(Math.max(0, at - 200), at + form.length + 20);
  };

  it('are exposed nowhere after everything that can succeed', async () => {
    const google = await registerGoogle(api, gateway.sandbox, { api_key: googleKey });
    await registerYandex(api, gateway.sandbox, { api_key: yandexKey });
    const sheets = await api.post('/services', {
      service_name: 'google_sheets',
      service_type: 'spreadsheet',
      credentials,
    });
    expect(sheets.status, sheets.text).to.equal(201);
    expect((await geocode('Москва, ул. Тверская, 13')).status).to.equal(200);
    expect((await geocode('Москва, ул. Тверская, 13')).status).to.equal(200);
    await api.post('/geocoding/reverse', { latitude: 55.75, longitude: 37.61 });
    await api.post('/geocoding/distance', { origin: 'Москва', destination: 'Самарканд', mode: 'driving' });
    await api.post('/geocoding/batch', { addresses: ['Москва', 'Ташкент'] });
    const patched = await api.ask('PATCH', `/services/${google.id}`, {
      body: { api_key: secondKey },
      headers: { 'if-match': '"1"' },
    });
    expect(patched.status, patched.text).to.equal(200);
    for (const path of ['', '/quota', '/costs']) await api.get(`/services/${google.id}${path}`);
    await api.post(`/services/${google.id}/health-checks`, undefined);
    const read = await api.get<Data<Service>>(`/services/${google.id}`);
    expect(read.body.data.api_key_hint).to.equal(secondKey.slice(-4));
    const token = await api.post<Data<{ token: string }>>('/tokens', {
      name: 'sibling',
      scopes: ['geocoding'],
    });
    // Shown once, to the caller that asked for it: the only answer that may contain it.
    const issued = token.body.data.token;
    (gateway.answers as unknown[]).pop();
    secrets.set('service token', issued);
    const sibling = gateway.caller('main', issued);
    expect((await sibling.post('/geocoding/geocode', { address: 'Бухара' })).status).to.equal(200);
    expect((await sibling.get('/logs')).status).to.equal(403);
    await expectNowhere();
  });

  it('are exposed nowhere after everything that can go wrong with a provider', async () => {
    const faulty = await gateway.administrator('faulty');
    const google = await registerGoogle(faulty, gateway.sandbox, { api_key: badKey });
    const version = (n: number) => ({ 'if-match': `"${n}"` });
    for (const mode of [
      'denied',
      'hang',
      'html',
      'reset',
      'drop_before',
      'truncated',
      '500',
      'huge',
      '429',
    ] as const) {
      gateway.sandbox.control({ reset: true, mode });
      await faulty.post('/geocoding/geocode', { address: `Москва, Арбат, ${mode.length}` });
    }
    gateway.sandbox.control({ reset: true });
    await faulty.post('/geocoding/geocode', { address: 'Москва, Арбат, 1' });
    await faulty.post(`/services/${google.id}/health-checks`, undefined);
    await faulty.ask('PATCH', `/services/${google.id}`, {
      body: { base_url: tattler.url, config: { routes_base_url: tattler.url }, api_key: googleKey },
      headers: version(1),
    });
    for (const [path, body] of [
      ['geocode', { address: 'Москва' }],
      ['reverse', { latitude: 1, longitude: 2 }],
      [
        'distance',
        {
          origin: { latitude: 1, longitude: 2 },
          destination: { latitude: 1, longitude: 3 },
          mode: 'driving',
        },
      ],
    ] as const) {
      const answer = await faulty.post(`/geocoding/${path}`, body);
      expect(answer.status, answer.text).to.be.oneOf([422, 502]);
    }
    await faulty.ask('PATCH', `/services/${google.id}`, {
      body: { base_url: 'http://127.0.0.1:1', api_key: googleKey },
      headers: version(2),
    });
    await faulty.post('/geocoding/geocode', { address: 'Казань' });
    await faulty.get('/logs?limit=200');
    await expectNowhere();
  });

  it('are exposed nowhere after callers put them where they do not belong', async () => {
    const jwt = secrets.get("administrator's JWT") ?? '';
    const token = secrets.get('service token') ?? '';
    await api.post('/services', `{"service_name":"x","api_key":"${googleKey}"`);
    await api.post('/services', {
      service_name: 'x',
      service_type: 'geocoding',
      api_keys: googleKey,
      provider: yandexKey,
    });
    await api.post('/services', {
      service_name: googleKey,
      service_type: yandexKey,
      base_url: googleKey,
      api_key: ` ${badKey} `,
    });
    await api.post('/services', {
      service_name: 'yandex_maps',
      service_type: 'geocoding',
      api_key: googleKey,
    });
    // No place has such a name, so no provider returns it to the caller.
    for (const secret of [jwt, token, `https://x.example/?key=${googleKey}`]) await geocode(secret);
    await api.get(`/services?limit=${token}`);
    await api.get(`/services/${token}`);
    await api.get(`/${token}`);
    await api.ask('DELETE', `/cache/entries/${token}`);
    await api.get('/services', { authorization: `Bearer ${token}x` });
    await api.get('/services', { authorization: `Basic ${btoa(`a:${token}`)}` });
    await api.get('/services', { 'x-request-id': `${token} ` });
    await api.get('/services', { 'x-management-company-id': `${jwt}` });
    await api.get('/services', { traceparent: token });
    await rawExchange(
      gateway.service().url,
      requestHead('GET', '/services', { authorization: `Bearer ${jwt}`, 'x-long': 'x'.repeat(20_000) }),
    );
    await rawExchange(
      gateway.service().url,
      `GET /services?key=${googleKey} NONSENSE\r\nauthorization: Bearer ${jwt}\r\n\r\n`,
    );
    for (const path of [
      '/metrics',
      '/openapi.json',
      '/docs',
      '/health',
      '/logs?limit=200',
      '/tokens',
      '/cache/entries?limit=200',
      '/logs/summary',
      '/costs',
    ])
      await api.get(path);
    await expectNowhere();
  });

  it('are exposed nowhere after webhooks were made, used, misused and tried', async () => {
    /** Shown once, to the caller that asked for it: the only answers that may contain them. */
    const shown = async (path: string, body: object): Promise<Created> => {
      const { body: created, text, status } = await api.post<Data<Created>>(path, body);
      expect(status, text).to.equal(201);
      (gateway.answers as unknown[]).pop();
      for (const secret of [created.data.webhook_token, created.data.secret_key])
        if (secret !== undefined) secrets.set(`${secrets.size}, shown by ${path}`, secret);
      return created.data;
    };
    const proof = { kind: 'token', token_header: 'X-Proof' };
    const given = planted('webhook-secret');
    secrets.set('given secret of a webhook', given);
    const custom = { source_service: 'custom', scheme: proof, secret_key: given };
    const { id, webhook_token: token = '' } = await shown('/webhooks', { webhook_name: 'a', ...custom });
    await shown('/webhooks', { webhook_name: 'b', source_service: 'telegram' });
    await shown(`/webhooks/${id}/token`, {});
    const deliver = (address: string, headers: { readonly [name: string]: string }, query = '') =>
      gateway.caller('main', 'none').ask('POST', `/webhooks/in${address}${query}`, {
        body: { n: secrets.size },
        headers: { 'content-type': 'application/json', ...headers },
      });
    const stray = planted('stray-key');
    secrets.set('key where none belongs', stray);
    const strays = { 'user-agent': `poster/1 ?token=${stray}`, 'x-api-key': stray, cookie: `s=${stray}` };
    expect((await deliver(`/${token}`, { 'x-proof': given, ...strays }, `?key=${stray}`)).status).to.equal(
      200,
    );
    expect((await deliver('', { 'x-webhook-token': token, 'x-proof': given })).status).to.equal(200);
    expect((await deliver(`/${token}`, { 'x-proof': stray, ...strays })).status).to.equal(401);
    expect((await deliver(`/${stray}`, {})).status).to.equal(404);
    const tried = await api.post(`/webhooks/${id}/test`, {
      token,
      headers: [['X-Proof', stray]],
      query: stray,
    });
    expect(tried.status, tried.text).to.equal(200);
    const refused = `/webhooks/${id}/rejections`;
    await eventually('the refusal in its log', async () =>
      (await api.get<{ data: readonly unknown[] }>(refused)).body.data.length > 0 ? true : undefined,
    );
    for (const path of ['/webhooks', `/webhooks/${id}`, `/webhooks/${id}/deliveries`, '/metrics'])
      await api.get(path);
    await expectNowhere();
  });

  it('are resealed while the service runs, after which the old key is no longer needed', async () => {
    const keys = { ENCRYPTION_KEYS: `new:${newKey},old:${oldKey}` };
    const rotated = await runEntryPoint('src/rotate-keys.ts', [], { ...gateway.environment, ...keys });
    expect(rotated.stdout).to.match(/^resealed 6, unreadable 0\n$/);
    expect(rotated).to.include({ code: 0, stderr: '' });
    await gateway.restart('stop', { ENCRYPTION_KEYS: `new:${newKey}` });
    gateway.sandbox.control({ reset: true });
    api = await gateway.administrator('main');
    secrets.set("second administrator's JWT", api.headers['authorization']?.split(' ')[1] ?? '');
    const answer = await geocode('Санкт-Петербург, Невский проспект, 35');
    expect(answer.headers.get('x-integration-provider'), answer.text).to.equal('yandex_maps');
    await expectNowhere();
  });

  it('cannot be opened with a wrong key, which is reported without showing anything', async () => {
    await gateway.restart('stop', { ENCRYPTION_KEYS: `new:${randomBytes(32).toString('base64')}` });
    api = await gateway.administrator('main');
    secrets.set("third administrator's JWT", api.headers['authorization']?.split(' ')[1] ?? '');
    const answer = await geocode('Санкт-Петербург, Невский проспект, 28');
    expect(answer.status).to.equal(502);
    expect(answer.text).to.match(/credentials-rejected/);
    await eventually('the line that tells of it', async () =>
      gateway
        .service()
        .output()
        .match(/"message":"stored secrets cannot be decrypted with ENCRYPTION_KEYS"/),
    );
    await expectNowhere();
  });
});
