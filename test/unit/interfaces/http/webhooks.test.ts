import { expect } from 'chai';
import { isWellFormedToken } from '../../../../src/domain/webhook/webhook-token.ts';
import { anId } from '../../../support/an-external-service.ts';
import { rawExchange, requestHead } from '../../../support/raw-http.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Fields = { readonly [field: string]: unknown };
type Pointed = { readonly pointer: string; readonly detail: string };

const PUBLIC_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const SECRET = 'planted-secret-of-the-sender-0001';
const NAMED = '{"webhook_name":"gh","source_service":"github"}';
const HMAC = { kind: 'hmac', signature_header: 'X-Signature' };
const custom = (scheme: Fields, more: Fields = {}): Fields => ({
  webhook_name: 'c',
  source_service: 'custom',
  scheme,
  ...more,
});

describe('webhooks over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer({ publicUrl: 'https://hooks.example.test/base' });
  });
  afterEach(() => server.http.close(0));

  const create = (body: unknown) => server.ask('POST', '/webhooks', { body });
  const dataOf = async (answer: Response): Promise<Fields> =>
    ((await answer.json()) as { readonly data: Fields }).data;
  const errorsOf = async (answer: Response): Promise<readonly Pointed[]> =>
    ((await answer.json()) as { readonly errors?: readonly Pointed[] }).errors ?? [];
  const pointersOf = async (answer: Response): Promise<readonly string[]> =>
    (await errorsOf(answer)).map(({ pointer }) => pointer);
  const created = async (body: Fields = { webhook_name: 'gh', source_service: 'github' }) => {
    const answer = await create(body);
    expect(answer.status).to.equal(201);
    return { path: answer.headers.get('location') ?? '', data: await dataOf(answer) };
  };
  const read = async (path: string) => dataOf(await server.ask('GET', path));
  const patch = (path: string, body: unknown, etag = '*') =>
    server.ask('PATCH', path, { body, headers: { 'if-match': etag } });

  it('are created with a token and a secret that are shown once', async () => {
    const answer = await create({ webhook_name: 'gh', source_service: 'github' });
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('etag')).to.equal('"1"');
    const data = await dataOf(answer);
    const token = String(data['webhook_token']);
    const secret = String(data['secret_key']);
    expect(isWellFormedToken(token)).to.equal(true);
    expect(secret.length).to.be.greaterThan(40);
    expect(data['webhook_url']).to.equal(`https://hooks.example.test/base/webhooks/in/${token}`);
    expect(data).to.deep.include({
      source_service: 'github',
      status: 'active',
      is_active: true,
      verification: 'signed',
      ip_mode: 'off',
      max_body_bytes: 26_214_400,
      overflow: 'spool',
      total_received: 0,
    });
    const again = await server.ask('GET', answer.headers.get('location') ?? '');
    const text = await again.text();
    expect(text).to.not.contain(token);
    expect(text).to.not.contain(secret);
    expect(text).to.contain(`/webhooks/in/whk_${token.slice(4, 12)}…`);
    expect(text).to.contain(secret.slice(-4));
    expect(JSON.stringify(server.lines)).to.not.contain(token);
  });

  it('never tell a secret that was given', async () => {
    const answer = await create({ webhook_name: 's', source_service: 'stripe', secret_key: SECRET });
    const text = await answer.text();
    expect(answer.status).to.equal(201);
    expect(text).to.not.contain('planted');
    expect(JSON.stringify(server.lines)).to.not.contain('planted');
  });

  it('build their address from the request where no public one is configured', async () => {
    const other = await startHttpServer();
    const body = { webhook_name: 'gh', source_service: 'github' };
    const data = await dataOf(await other.ask('POST', '/webhooks', { body }));
    await other.http.close(0);
    expect(data['webhook_url']).to.equal(
      `http://127.0.0.1:${other.port}/webhooks/in/${String(data['webhook_token'])}`,
    );
  });

  const addressedBy = async (target: string, host: string): Promise<string> => {
    const other = await startHttpServer();
    const head = requestHead('POST', target, {
      host,
      authorization: 'Bearer admin',
      'x-management-company-id': 'uk_company_1',
      'content-type': 'application/json',
      'content-length': String(NAMED.length),
    });
    const text = await rawExchange(other.url, head + NAMED);
    await other.http.close(0);
    return text;
  };

  it('build it also from a name with an underscore, as Compose gives to services', async () => {
    const text = await addressedBy('/webhooks', 'integration_service:8006');
    expect(text).to.contain('"webhook_url":"http://integration_service:8006/webhooks/in/whk_');
  });

  it('build it from the host of the target if that names one, as RFC 9112 section 3.2.2 requires', async () => {
    const text = await addressedBy('http://gateway:8006/webhooks', 'other');
    expect(text).to.contain('"webhook_url":"http://gateway:8006/webhooks/in/whk_');
  });

  for (const [title, body, included] of [
    [
      'Telegram with its limits',
      { source_service: 'telegram' },
      { verification: 'token', max_body_bytes: 1_048_576, overflow: 'reject' },
    ],
    ['GitLab', { source_service: 'gitlab' }, { verification: 'token' }],
    ['Bitbucket', { source_service: 'bitbucket' }, { verification: 'signed' }],
    ['Standard Webhooks', { source_service: 'standard_webhooks' }, { verification: 'signed' }],
    [
      'Standard Webhooks with a public key',
      { source_service: 'standard_webhooks', public_key: PUBLIC_KEY },
      { public_key: PUBLIC_KEY },
    ],
    [
      'Discord by its public key',
      { source_service: 'discord', public_key: PUBLIC_KEY },
      { public_key: PUBLIC_KEY },
    ],
    [
      'Twilio with the URL that it signs',
      { source_service: 'twilio', secret_key: SECRET, public_url: 'https://x.test/in?a=b' },
      { public_url: 'https://x.test/in?a=b' },
    ],
    ['a custom HMAC', custom(HMAC), { verification: 'signed' }],
    ['a custom token', custom({ kind: 'token', token_header: 'X-Token' }), { verification: 'token' }],
    [
      'a custom source without proof, by choice',
      custom({ kind: 'none' }),
      { verification: 'none', secrets: [] },
    ],
    [
      'the same behind an allowlist',
      custom({ kind: 'none' }, { ip_allowlist: ['10.0.0.0/8'] }),
      { verification: 'address-only', ip_mode: 'enforce' },
    ],
    [
      'an allowlist of every kind of entry',
      {
        source_service: 'github',
        ip_mode: 'observe',
        ip_allowlist: ['github', '2001:DB8::/32', '203.0.113.9/32'],
      },
      { ip_mode: 'observe', ip_allowlist: ['github', '2001:db8::/32', '203.0.113.9'] },
    ],
    ['a paused one', { source_service: 'github', status: 'paused' }, { status: 'paused', is_active: false }],
    [
      'one that is not active',
      { source_service: 'github', is_active: false },
      { status: 'disabled', is_active: false },
    ],
    [
      'an answer of its own',
      { source_service: 'github', response: { status: 202, body: 'ok' } },
      { response: { status: 202, body: 'ok' } },
    ],
    [
      'a filter of event types',
      { source_service: 'github', event_types: ['push', 'push', 'ping'] },
      { event_types: ['push', 'ping'] },
    ],
  ] as const)
    it(`take ${title}`, async () => {
      const { data } = await created({ webhook_name: 'c', ...body });
      expect(data).to.deep.include(included);
    });

  for (const [title, body, pointers] of [
    ['a source nobody knows', { source_service: 'fax', scheme: {} }, ['/source_service']],
    ['no source', {}, ['/source_service']],
    ['Stripe without its secret', { source_service: 'stripe' }, ['/secret_key']],
    ['Slack without its secret', { source_service: 'slack' }, ['/secret_key']],
    ['Shopify without its secret', { source_service: 'shopify' }, ['/secret_key']],
    ['Discord without a public key', { source_service: 'discord' }, ['/public_key']],
    ['Discord with a secret', { source_service: 'discord', secret_key: SECRET }, ['/secret_key']],
    ['Twilio without the URL', { source_service: 'twilio', secret_key: SECRET }, ['/public_url']],
    [
      'both a secret and a public key',
      {
        source_service: 'svix',
        secret_key: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
        public_key: PUBLIC_KEY,
      },
      ['/public_key'],
    ],
    ['a 10-byte secret', { source_service: 'github', secret_key: '0123456789' }, ['/secret_key']],
    ['a Telegram token with a blank', { source_service: 'telegram', secret_key: 'a b' }, ['/secret_key']],
    ['a custom source without a scheme', { source_service: 'custom' }, ['/scheme']],
    ['a preset with a scheme', { source_service: 'github', scheme: HMAC }, ['/scheme']],
    ['an unknown scheme', custom({ kind: 'md5' }), ['/scheme/kind']],
    [
      'a template without a separator',
      custom({ ...HMAC, template: '{timestamp}{body}', timestamp: { header: 'X-T' } }),
      ['/scheme/template'],
    ],
    ['a scheme with a field nobody knows', custom({ ...HMAC, sauce: 1 }), ['/scheme/sauce']],
    ['::/0', { source_service: 'github', ip_allowlist: ['::/0'] }, ['/ip_allowlist/0']],
    [
      '0.0.0.0/0',
      { source_service: 'github', ip_allowlist: ['10.0.0.0/8', '0.0.0.0/0'] },
      ['/ip_allowlist/1'],
    ],
    [
      'a network with host bits',
      { source_service: 'github', ip_allowlist: ['10.1.2.3/8'] },
      ['/ip_allowlist/0'],
    ],
    ['a list nobody knows', { source_service: 'github', ip_allowlist: ['gitlab'] }, ['/ip_allowlist/0']],
    ['an enforced list without entries', { source_service: 'github', ip_mode: 'enforce' }, ['/ip_allowlist']],
    [
      'a body limit above 32 MiB',
      { source_service: 'github', max_body_bytes: 33_554_433 },
      ['/max_body_bytes'],
    ],
    ['a body limit of nothing', { source_service: 'github', max_body_bytes: 0 }, ['/max_body_bytes']],
    ['an overflow nobody knows', { source_service: 'github', overflow: 'drop' }, ['/overflow']],
    [
      'a status that contradicts is_active',
      { source_service: 'github', status: 'paused', is_active: true },
      ['/is_active'],
    ],
    [
      'an answer that Telegram would carry out',
      { source_service: 'telegram', response: { body: '{"method":"x"}' } },
      ['/response/body'],
    ],
    [
      'an answer that is an error',
      { source_service: 'github', response: { status: 500 } },
      ['/response/status'],
    ],
    [
      'a public URL with a password',
      { source_service: 'github', public_url: 'https://a:b@c.test/' },
      ['/public_url'],
    ],
    ['a name of nothing but blanks', { webhook_name: '  ', source_service: 'github' }, ['/webhook_name']],
    [
      'a service that is not there',
      { source_service: 'github', source_service_id: anId(77) },
      ['/source_service_id'],
    ],
    ['a token of the caller’s own', { source_service: 'github', webhook_token: 'x' }, ['/webhook_token']],
    [
      'a short secret beside a scheme that is wrong elsewhere',
      custom({ ...HMAC, template: '{id}{body}', id_header: 'X-Id' }, { secret_key: '0123456789' }),
      ['/scheme/template', '/secret_key'],
    ],
    [
      'a secret that is no hex beside a scheme that is wrong elsewhere',
      custom({ ...HMAC, encoding: 'auto', secret_encoding: 'hex' }, { secret_key: SECRET }),
      ['/scheme/encoding', '/secret_key'],
    ],
    [
      'no public key for a scheme that is wrong elsewhere',
      custom({ kind: 'ed25519' }),
      ['/scheme/signature_header', '/public_key'],
    ],
    [
      'a short secret for a scheme nobody knows',
      custom({ kind: 'md5' }, { secret_key: '0123456789' }),
      ['/scheme/kind', '/secret_key'],
    ],
    [
      'a short secret for no scheme at all',
      { source_service: 'custom', secret_key: '0123456789' },
      ['/scheme', '/secret_key'],
    ],
    [
      'a good secret for a scheme nobody knows',
      custom({ kind: 'md5' }, { secret_key: SECRET }),
      ['/scheme/kind'],
    ],
    [
      'everything at once',
      custom({ kind: 'hmac' }, { webhook_name: '', ip_allowlist: ['x/y', '::/0'], overflow: 1, more: 1 }),
      [
        '/webhook_name',
        '/overflow',
        '/more',
        '/ip_allowlist/0',
        '/ip_allowlist/1',
        '/scheme/signature_header',
      ],
    ],
  ] as const)
    it(`refuse ${title}, and say where`, async () => {
      const answer = await create({ webhook_name: 'c', ...body });
      expect(answer.status).to.equal(422);
      expect(await pointersOf(answer)).to.have.members([...pointers]);
      expect(await dataOfList(await server.ask('GET', '/webhooks'))).to.deep.equal([]);
    });

  const dataOfList = async (answer: Response): Promise<readonly Fields[]> =>
    ((await answer.json()) as { readonly data: readonly Fields[] }).data;

  it('name the network that was meant, and the way to admit everybody', async () => {
    const answer = await create({
      webhook_name: 'c',
      source_service: 'github',
      ip_allowlist: ['10.1.2.3/8', '::/0'],
    });
    const details = (await errorsOf(answer)).map(({ detail }) => detail).join('; ');
    expect(details).to.contain('10.0.0.0/8').and.to.contain('ip_mode');
  });

  it('have names of their own', async () => {
    await created();
    const answer = await create({ webhook_name: 'gh', source_service: 'stripe', secret_key: SECRET });
    expect(answer.status).to.equal(409);
  });

  it('report all problems before a name that is taken', async () => {
    await created();
    const { path } = await created({ webhook_name: 'other', source_service: 'github' });
    const nobody = { webhook_name: 'gh', source_service_id: anId(77) };
    const made = await create({ ...nobody, source_service: 'github' });
    expect([made.status, await pointersOf(made)]).to.deep.equal([422, ['/source_service_id']]);
    const changed = await patch(path, nobody);
    expect([changed.status, await pointersOf(changed)]).to.deep.equal([422, ['/source_service_id']]);
    const wrong = { ...nobody, max_body_bytes: 0, response: { status: 500 } };
    const all = ['/max_body_bytes', '/response/status', '/source_service_id'];
    for (const answer of [await create({ ...wrong, source_service: 'github' }), await patch(path, wrong)]) {
      expect(answer.status).to.equal(422);
      expect(await pointersOf(answer)).to.have.members(all);
    }
    expect((await patch(path, { webhook_name: 'gh' })).status).to.equal(409);
  });

  it('are paused, resumed and disabled under their ETag', async () => {
    const { path } = await created();
    for (const [body, etag, status, expected] of [
      [{ status: 'paused' }, '"1"', 200, 'paused'],
      [{ status: 'active' }, '"1"', 412, 'paused'],
      [{ status: 'active' }, '"2"', 200, 'active'],
      [{ is_active: false }, '"3"', 200, 'disabled'],
      [{ webhook_name: 'renamed' }, '"4"', 200, 'disabled'],
      [{ is_active: true }, '"5"', 200, 'active'],
    ] as const) {
      expect((await patch(path, body, etag)).status).to.equal(status);
      expect((await read(path))['status']).to.equal(expected);
    }
    expect((await server.ask('PATCH', path, { body: {} })).status).to.equal(428);
  });

  it('keep their ETag under a patch that changes nothing', async () => {
    const scheme = { ...HMAC, id_path: 'data.id' };
    const { path, data } = await created(custom(scheme, { secret_key: SECRET, response: { status: 202 } }));
    for (const body of [{}, { webhook_name: 'c', status: 'active', ip_mode: null, scheme: data['scheme'] }]) {
      const answer = await patch(path, body, '"1"');
      expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, '"1"']);
    }
  });

  it('report problems of stored fields that a patch leaves unchanged', async () => {
    const { path } = await created();
    const detail = 'enforced and empty it would refuse every sender';
    expect(await errorsOf(await patch(path, { ip_mode: 'enforce', ip_allowlist: [] }))).to.deep.equal([
      { pointer: '/ip_allowlist', detail },
    ]);
    expect(await errorsOf(await patch(path, { ip_mode: 'enforce' }))).to.deep.equal([
      {
        pointer: '/ip_allowlist',
        detail: `${detail} (stored like this, and not changed by this patch: send ip_allowlist too)`,
      },
    ]);
  });

  it('keep what a patch leaves out and take back defaults with null', async () => {
    const { path, data } = await created({
      webhook_name: 'c',
      source_service: 'github',
      max_body_bytes: 100,
      event_types: ['push'],
      ip_allowlist: ['github'],
      public_url: 'https://x.test/',
      response: { status: 202 },
    });
    await patch(path, { webhook_name: 'd' });
    const same = await read(path);
    for (const field of [
      'max_body_bytes',
      'event_types',
      'ip_allowlist',
      'ip_mode',
      'public_url',
      'response',
    ])
      expect(same[field], field).to.deep.equal(data[field]);
    await patch(path, {
      max_body_bytes: null,
      event_types: null,
      ip_mode: 'off',
      ip_allowlist: null,
      public_url: null,
      response: null,
      overflow: null,
    });
    expect(await read(path)).to.deep.include({
      max_body_bytes: 26_214_400,
      event_types: [],
      ip_allowlist: [],
      public_url: null,
      response: null,
      overflow: 'spool',
    });
  });

  it('refuse a change that would leave them without their proof', async () => {
    const { path } = await created(custom(HMAC, { public_url: 'https://x.test/' }));
    expect((await patch(path, { scheme: { ...HMAC, template: '{url}|{body}' } })).status).to.equal(200);
    for (const [body, pointer] of [
      [{ public_url: null }, '/scheme/template'],
      [{ scheme: { kind: 'token', token_header: 'X-T' } }, '/scheme/kind'],
      [{ scheme: { ...HMAC, secret_encoding: 'hex' } }, '/scheme'],
      [{ scheme: null }, '/scheme'],
      [{ source_service: 'github' }, '/source_service'],
      [{ secret_key: SECRET }, '/secret_key'],
    ] as const) {
      const answer = await patch(path, body);
      expect(answer.status).to.equal(422);
      expect(await pointersOf(answer)).to.deep.equal([pointer]);
    }
  });

  it('rotate their secret: the old one ends after a day, or as asked', async () => {
    const { path, data } = await created();
    const answer = await server.ask('POST', `${path}/secrets`);
    expect(answer.status).to.equal(201);
    const rotated = await dataOf(answer);
    expect(rotated['secret_key']).to.be.a('string').and.to.not.equal(data['secret_key']);
    expect(rotated['secrets']).to.have.length(2);
    expect((rotated['secrets'] as Fields[])[1]).to.deep.include({
      version: 1,
      state: 'previous',
      valid_until: '2026-11-23T12:00:00.123Z',
    });
    const given = await server.ask('POST', `${path}/secrets`, {
      body: { secret_key: SECRET, overlap_seconds: 60 },
    });
    const after = await dataOf(given);
    expect(after).to.not.have.property('secret_key');
    expect((after['secrets'] as Fields[]).map(({ valid_until }) => valid_until)).to.deep.equal([
      null,
      '2026-11-22T12:01:00.123Z',
      '2026-11-22T12:01:00.123Z',
    ]);
    for (const [body, pointer] of [
      [{ secret_key: 'short' }, '/secret_key'],
      [{ overlap_seconds: 604_801 }, '/overlap_seconds'],
      [{ public_key: PUBLIC_KEY }, '/public_key'],
    ] as const) {
      const refused = await server.ask('POST', `${path}/secrets`, { body });
      expect(refused.status).to.equal(422);
      expect(await pointersOf(refused)).to.deep.equal([pointer]);
    }
    const none = await created(custom({ kind: 'none' }));
    expect((await server.ask('POST', `${none.path}/secrets`)).status).to.equal(422);
  });

  it('rotate their address: the old one is told until it ends', async () => {
    const { path, data } = await created();
    const answer = await server.ask('POST', `${path}/token`, { body: { overlap_seconds: 3_600 } });
    expect(answer.status).to.equal(201);
    const rotated = await dataOf(answer);
    const token = String(rotated['webhook_token']);
    expect(isWellFormedToken(token)).to.equal(true);
    expect(token).to.not.equal(data['webhook_token']);
    expect(rotated['webhook_url']).to.equal(`https://hooks.example.test/base/webhooks/in/${token}`);
    expect(rotated['previous_token']).to.deep.equal({
      hint: data['token_hint'],
      valid_until: '2026-11-22T13:00:00.123Z',
      uses: 0,
      last_used_at: null,
    });
    expect((await server.ask('POST', `${path}/token`)).status).to.equal(201);
  });

  it('get no other secret or address when If-Match names what they were before', async () => {
    const { path } = await created();
    const rotate = (target: string, ifMatch: string, body?: Fields) =>
      server.ask('POST', `${path}${target}`, { headers: { 'if-match': ifMatch }, body });
    for (const [target, current] of [
      ['/secrets', '"1"'],
      ['/token', '"2"'],
    ] as const) {
      const before = await dataOf(await server.ask('GET', path));
      for (const stale of ['"0"', '"9"', `W/${current}`, 'junk'])
        expect((await rotate(target, stale)).status, stale).to.equal(412);
      expect((await rotate(target, '"0"', { overlap_seconds: -1 })).status).to.equal(422);
      expect(await dataOf(await server.ask('GET', path))).to.deep.equal(before);
      expect((await rotate(target, `"0", ${current}`)).status).to.equal(201);
    }
    for (const target of ['/secrets', '/token']) expect((await rotate(target, '*')).status).to.equal(201);
  });

  it('get no other secret or address when If-None-Match names what they are', async () => {
    const { path } = await created();
    const before = await dataOf(await server.ask('GET', path));
    const rotate = async (target: string, ifNoneMatch: string) =>
      (await server.ask('POST', `${path}${target}`, { headers: { 'if-none-match': ifNoneMatch } })).status;
    for (const target of ['/secrets', '/token'])
      for (const named of ['"1"', 'W/"1"', '*']) expect(await rotate(target, named), named).to.equal(412);
    expect(await dataOf(await server.ask('GET', path))).to.deep.equal(before);
    expect(await rotate('/secrets', '"2"')).to.equal(201);
  });

  it('are read with If-Match only as what that names', async () => {
    const { path } = await created();
    const statusWith = async (ifMatch: string) =>
      (await server.ask('GET', path, { headers: { 'if-match': ifMatch } })).status;
    expect(await Promise.all(['"1"', '*', '"2"', 'W/"1"'].map(statusWith))).to.deep.equal([
      200, 200, 412, 412,
    ]);
  });

  it('are archived first and removed then, or purged at once', async () => {
    const { path } = await created();
    const remove = (target: string) => server.ask('DELETE', target, { headers: { 'if-match': '*' } });
    expect((await server.ask('DELETE', path)).status).to.equal(428);
    expect((await remove(path)).status).to.equal(204);
    expect((await read(path))['status']).to.equal('archived');
    expect(await dataOfList(await server.ask('GET', '/webhooks'))).to.deep.equal([]);
    expect(await dataOfList(await server.ask('GET', '/webhooks?status=archived'))).to.have.length(1);
    expect((await remove(path)).status).to.equal(204);
    expect((await server.ask('GET', path)).status).to.equal(404);
    const second = await created();
    expect((await remove(`${second.path}?purge=true`)).status).to.equal(204);
    expect((await server.ask('GET', second.path)).status).to.equal(404);
  });

  it('are listed newest first and filtered', async () => {
    await created();
    server.clock.advance(5);
    await created({ webhook_name: 's', source_service: 'stripe', secret_key: SECRET });
    const names = async (query: string) =>
      (await dataOfList(await server.ask('GET', `/webhooks${query}`))).map(
        ({ webhook_name }) => webhook_name,
      );
    expect(await names('')).to.deep.equal(['s', 'gh']);
    expect(await names('?source_service=stripe')).to.deep.equal(['s']);
    expect(await names('?status=paused')).to.deep.equal([]);
    expect((await server.ask('GET', '/webhooks?status=gone')).status).to.equal(422);
  });

  it('are another tenant’s for nobody else', async () => {
    const { path } = await created();
    const headers = { 'x-management-company-id': 'uk_company_2', 'if-match': '*' };
    for (const [method, target] of [
      ['GET', path],
      ['PATCH', path],
      ['DELETE', path],
      ['POST', `${path}/secrets`],
      ['POST', `${path}/token`],
    ] as const) {
      const answer = await server.ask(method, target, { headers, body: method === 'PATCH' ? {} : undefined });
      expect(answer.status, `${method} ${target}`).to.equal(404);
    }
  });

  it('may be read with one scope and changed with another', async () => {
    const { path } = await created();
    const as = (scope: string) => ({ authorization: `Bearer ${scope}`, 'if-match': '*' });
    const statuses = [
      (await server.ask('GET', path, { headers: as('webhooks:read') })).status,
      (await server.ask('GET', path, { headers: as('geocoding') })).status,
      (await server.ask('DELETE', path, { headers: as('webhooks:read') })).status,
      (await server.ask('POST', `${path}/token`, { headers: as('webhooks:read') })).status,
      (await server.ask('POST', `${path}/token`, { headers: as('webhooks:manage') })).status,
    ];
    expect(statuses).to.deep.equal([200, 403, 403, 403, 201]);
  });
});
