import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../support/api-client.ts';
import type { Gateway } from '../support/gateway.ts';
import { startForSenders } from '../support/sending-webhook.ts';
import type { Problem } from '../support/wire.ts';

type Fields = { readonly [field: string]: unknown };
type Answered = {
  readonly data: { readonly id: string; readonly scheme: object; readonly response: object };
};
type Case = readonly [name: string, fields: Fields, ...pointers: readonly string[]];

const hmac = (more: Fields = {}): Fields => ({
  source_service: 'custom',
  scheme: { kind: 'hmac', signature_header: 'X-Sig', ...more },
});
const timestamp = { header: 'X-Time' };
const template = (text: string, more: Fields = {}) =>
  hmac({ template: text, timestamp, id_header: 'X-Id', ...more });
const list = (...ip_allowlist: readonly unknown[]): Fields => ({ ip_allowlist });

const wrong: readonly Case[] = [
  ['an unknown source', { source_service: 'gitea' }, '/source_service'],
  ['a source in upper case', { source_service: 'GitHub' }, '/source_service'],
  ['no name', { webhook_name: '' }, '/webhook_name'],
  ['a field nobody knows', { verify: false }, '/verify'],
  ['a type with two stars', { event_types: ['push', 'issues.*', '**'] }, '/event_types/2'],
  ['custom without a scheme', { source_service: 'custom' }, '/scheme'],
  ['a scheme for a preset', { scheme: { kind: 'none' } }, '/scheme'],
  ['a scheme without a kind', { source_service: 'custom', scheme: {} }, '/scheme/kind'],
  ['an unknown scheme', { source_service: 'custom', scheme: { kind: 'rsa' } }, '/scheme/kind'],
  ['a scheme that is text', { source_service: 'custom', scheme: 'hmac' }, '/scheme'],
  [
    'no header of the signature',
    { source_service: 'custom', scheme: { kind: 'hmac' } },
    '/scheme/signature_header',
  ],
  ['MD5', hmac({ algorithm: 'md5' }), '/scheme/algorithm'],
  ['an encoding to be guessed', hmac({ encoding: 'auto' }), '/scheme/encoding'],
  ['camel case', hmac({ secretEncoding: 'hex' }), '/scheme/secretEncoding'],
  ['a header that is none', hmac({ signature_header: 'X Sig' }), '/scheme/signature_header'],
  ['the header of a proxy', hmac({ signature_header: 'X-Forwarded-For' }), '/scheme/signature_header'],
  ['no separator', template('{timestamp}{body}'), '/scheme/template'],
  ['no separator behind an id', template('{timestamp}.{id}{body}'), '/scheme/template'],
  ['a digit as separator', template('{timestamp}0{body}'), '/scheme/template'],
  ['a template without a body', template('{timestamp}.{id}'), '/scheme/template'],
  ['a variable nobody knows', template('{timestamp}.{nonce}.{body}'), '/scheme/template'],
  ['a body twice', template('{timestamp}.{body}.{body}'), '/scheme/template'],
  ['a time that is not signed', template('{body}'), '/scheme/template'],
  ['a signed time without a header', hmac({ template: '{timestamp}.{body}' }), '/scheme/template'],
  ['a signed id without a header', hmac({ template: '{id}.{body}' }), '/scheme/template'],
  ['a URL nobody gave', hmac({ template: '{url}.{body}' }), '/scheme/template'],
  [
    'no tolerance',
    template('{timestamp}.{body}', { timestamp: { ...timestamp, tolerance_seconds: 0 } }),
    '/scheme/timestamp/tolerance_seconds',
  ],
  [
    'a tolerance of a week',
    template('{timestamp}.{body}', { timestamp: { ...timestamp, tolerance_seconds: 604_800 } }),
    '/scheme/timestamp/tolerance_seconds',
  ],
  [
    'a unit nobody knows',
    template('{timestamp}.{body}', { timestamp: { ...timestamp, unit: 'us' } }),
    '/scheme/timestamp/unit',
  ],
  [
    'half a handshake',
    hmac({ handshake: { match_path: 'a' } }),
    '/scheme/handshake/match_value',
    '/scheme/handshake/respond_path',
  ],
  [
    'the token as id',
    { source_service: 'custom', scheme: { kind: 'token', token_header: 'X-T', id_header: 'x-t' } },
    '/scheme/id_header',
  ],
  ['the time as id', template('{timestamp}.{body}', { id_header: 'x-time' }), '/scheme/id_header'],
  ['the type as id', hmac({ id_header: 'X-Id', event_type_header: 'x-id' }), '/scheme/event_type_header'],
  [
    'the type as id, of the body',
    hmac({ id_path: 'type', event_type_path: '/type' }),
    '/scheme/event_type_path',
  ],
  [
    'a path nobody reads',
    hmac({ id_path: '$.data[0].id', event_type_path: 'a..b' }),
    '/scheme/id_path',
    '/scheme/event_type_path',
  ],
  ['a secret of ten bytes', { secret_key: '0123456789' }, '/secret_key'],
  ['a secret of blanks', { secret_key: ' '.repeat(20) }, '/secret_key'],
  [
    'blanks beside a wrong scheme',
    { ...hmac({ algorithm: 'md5' }), secret_key: ' '.repeat(20) },
    '/scheme/algorithm',
    '/secret_key',
  ],
  [
    'blanks without a scheme',
    { source_service: 'custom', secret_key: ' '.repeat(20) },
    '/scheme',
    '/secret_key',
  ],
  ['ten bytes for a custom sender', { ...hmac(), secret_key: '0123456789' }, '/secret_key'],
  [
    'ten bytes in hex',
    { ...hmac({ secret_encoding: 'hex' }), secret_key: '00112233445566778899' },
    '/secret_key',
  ],
  [
    'a secret that is no hex',
    { ...hmac({ secret_encoding: 'hex' }), secret_key: 'g'.repeat(64) },
    '/secret_key',
  ],
  [
    '16 bytes for a standard webhook',
    { source_service: 'standard_webhooks', secret_key: `whsec_${Buffer.alloc(16, 1).toString('base64')}` },
    '/secret_key',
  ],
  [
    'a private key',
    { source_service: 'standard_webhooks', secret_key: `whsk_${Buffer.alloc(32, 1).toString('base64')}` },
    '/secret_key',
  ],
  [
    'a token that Telegram does not take',
    { source_service: 'telegram', secret_key: 'with blanks in it' },
    '/secret_key',
  ],
  ['Stripe without its secret', { source_service: 'stripe' }, '/secret_key'],
  ['Discord without its key', { source_service: 'discord' }, '/public_key'],
  ['a weak key', { source_service: 'discord', public_key: '0'.repeat(64) }, '/public_key'],
  ['a key that is none', { source_service: 'discord', public_key: `02${'00'.repeat(31)}` }, '/public_key'],
  ['a key for GitHub', { public_key: 'ab'.repeat(32) }, '/public_key'],
  [
    'a secret for nothing',
    { source_service: 'custom', scheme: { kind: 'none' }, secret_key: 'x'.repeat(32) },
    '/secret_key',
  ],
  ['Twilio without a URL', { source_service: 'twilio', secret_key: 'x'.repeat(32) }, '/public_url'],
  ['a URL with a password', { public_url: 'https://u:p@example.com/' }, '/public_url'],
  ['a URL that is none', { public_url: 'example.com/hook' }, '/public_url'],
  ['all of IPv4', list('0.0.0.0/0'), '/ip_allowlist/0'],
  ['all of IPv6', list('::/0'), '/ip_allowlist/0'],
  ['all of IPv4, mapped', list('::ffff:0:0/96'), '/ip_allowlist/0'],
  ['all of IPv4, in halves', list('0.0.0.0/1', '128.0.0.0/1'), '/ip_allowlist'],
  ['both in one', list('10.0.0.0/8', '::/64', '::ffff:0.0.0.0/90'), '/ip_allowlist/2'],
  ['bits behind the prefix', list('10.0.0.1/8'), '/ip_allowlist/0'],
  ['a prefix too long', list('10.0.0.0/33', '2001:db8::/129'), '/ip_allowlist/0', '/ip_allowlist/1'],
  ['zeros in front', list('010.0.0.1'), '/ip_allowlist/0'],
  ['a mask', list('10.0.0.0/255.0.0.0'), '/ip_allowlist/0'],
  ['a name', list('example.com'), '/ip_allowlist/0'],
  ['a list nobody keeps', list('gitlab'), '/ip_allowlist/0'],
  ['a number', list(7), '/ip_allowlist/0'],
  ['an empty list, enforced', { ip_mode: 'enforce', ip_allowlist: [] }, '/ip_allowlist'],
  ['a mode nobody knows', { ip_mode: 'log' }, '/ip_mode'],
  ['no bytes at all', { max_body_bytes: 0 }, '/max_body_bytes'],
  ['a gigabyte', { max_body_bytes: 2 ** 30 }, '/max_body_bytes'],
  ['half a byte', { max_body_bytes: 1.5 }, '/max_body_bytes'],
  ['a policy nobody knows', { overflow: 'drop' }, '/overflow'],
  ['two states', { status: 'paused', is_active: true }, '/is_active'],
  ['an answer that is a failure', { response: { status: 500 } }, '/response/status'],
  [
    'an answer that Telegram would carry out',
    { source_service: 'telegram', response: { body: '{"method":"sendMessage"}' } },
    '/response/body',
  ],
  ['a type with a line end', { response: { content_type: 'text/plain\r\nX: y' } }, '/response/content_type'],
];

describe('Configurations of webhooks', () => {
  let gateway: Gateway;
  let api: ApiClient;
  before(async () => {
    gateway = await startForSenders();
    api = await gateway.administrator('configurations');
  });
  after(() => gateway.stop());
  const create = (fields: Fields) =>
    api.post<Problem>('/webhooks', { webhook_name: randomUUID(), source_service: 'github', ...fields });

  it('are refused with a pointer to each problem, and nothing is stored', async () => {
    const found: { [name: string]: readonly string[] } = {};
    for (const [name, fields] of wrong) {
      const { status, body } = await create(fields);
      found[name] = [String(status), ...(body.errors ?? []).map(({ pointer }) => pointer)];
    }
    expect(found).to.deep.equal(Object.fromEntries(wrong.map(([name, , ...at]) => [name, ['422', ...at]])));
    expect(await gateway.sql('select id from webhook_configs')).to.deep.equal([]);
    expect(gateway.output()).to.not.contain('with blanks in it');
  });

  it('are refused with all problems at once', async () => {
    const { body } = await create({
      ...hmac({ algorithm: 'md5', template: '{timestamp}{body}', prefx: '' }),
      webhook_name: '',
      ip_allowlist: ['::/0', '10.0.0.0/8', 'x/8'],
      max_body_bytes: -1,
      secret_key: 'short',
    });
    const pointers = (body.errors ?? []).map(({ pointer }) => pointer);
    for (const expected of [
      '/webhook_name',
      '/max_body_bytes',
      '/scheme/algorithm',
      '/scheme/template',
      '/scheme/prefx',
      '/ip_allowlist/0',
      '/ip_allowlist/2',
      '/secret_key',
    ])
      expect(pointers).to.include(expected);
  });

  it('are refused in a change just as at creation', async () => {
    const created = await api.post<{ data: { id: string } }>('/webhooks', {
      webhook_name: 'to change',
      ...hmac(),
    });
    const before = await api.get(`/webhooks/${created.body.data.id}`);
    const change = (body: Fields) =>
      api.ask<Problem>('PATCH', `/webhooks/${created.body.data.id}`, { body, headers: { 'if-match': '*' } });
    for (const [body, pointer] of [
      [{ scheme: { kind: 'hmac', signature_header: 'X-Sig', template: '{id}{body}' } }, '/scheme/template'],
      [{ scheme: null }, '/scheme'],
      [{ scheme: { kind: 'ed25519', signature_header: 'X-Sig' } }, '/scheme/kind'],
      [{ ip_mode: 'enforce' }, '/ip_allowlist'],
      [{ ip_allowlist: ['::/0'] }, '/ip_allowlist/0'],
      [{ source_service: 'github' }, '/source_service'],
      [{ secret_key: 'x'.repeat(32) }, '/secret_key'],
    ] as const) {
      const { status, body: problem } = await change(body);
      expect([status, problem.errors?.[0]?.pointer], pointer).to.deep.equal([422, pointer]);
    }
    expect((await api.get(`/webhooks/${created.body.data.id}`)).text).to.equal(before.text);
  });

  it('are merged with a change, including their scheme and response', async () => {
    const scheme = { kind: 'hmac', signature_header: 'X-Sig', template: '{timestamp}.{body}', timestamp };
    const response = { status: 202, content_type: 'text/plain', body: 'queued' };
    const created = await api.post<Answered>('/webhooks', {
      webhook_name: 'to merge',
      source_service: 'custom',
      scheme,
      response,
    });
    const change = async (body: Fields) => {
      const path = `/webhooks/${created.body.data.id}`;
      const answer = await api.ask<Answered>('PATCH', path, { body, headers: { 'if-match': '*' } });
      expect(answer.status, answer.text).to.equal(200);
      return answer.body.data;
    };
    const before = created.body.data.scheme;
    expect((await change({ scheme: { hex_case: 'any' } })).scheme).to.deep.equal({
      ...before,
      hex_case: 'any',
    });
    const shorter = { timestamp: { tolerance_seconds: 60 }, hex_case: null, id_header: 'X-Id' };
    expect((await change({ scheme: shorter })).scheme).to.deep.equal({
      ...before,
      timestamp: { header: 'x-time', unit: 's', tolerance_seconds: 60 },
      id_header: 'x-id',
    });
    expect((await change({ response: { status: 200 } })).response).to.deep.equal({
      ...response,
      status: 200,
    });
    expect((await change({ response: { body: null } })).response).to.deep.equal({
      status: 200,
      content_type: 'text/plain',
    });
    expect((await change({ response: null })).response).to.equal(null);
    const open = await change({ scheme: { kind: 'none' } });
    expect(open.scheme).to.deep.equal({ kind: 'none', reject_empty_body: false });
  });

  it('are rotated and changed one after the other, however many requests come at once', async () => {
    const created = await api.post<Answered>('/webhooks', {
      webhook_name: 'at once',
      source_service: 'github',
    });
    const path = `/webhooks/${created.body.data.id}`;
    const rotations = await Promise.all(
      ['token', 'secrets', 'token', 'secrets', 'token', 'secrets'].map((what) =>
        api.post<Problem>(`${path}/${what}`, {}),
      ),
    );
    expect(rotations.map(({ status }) => status)).to.deep.equal([201, 201, 201, 201, 201, 201]);
    const read = await api.get<{ readonly data: { readonly secrets: readonly Fields[] } }>(path);
    expect(read.body.data.secrets.map(({ version, state }) => [version, state])).to.deep.equal([
      [4, 'current'],
      [3, 'previous'],
      [2, 'previous'],
      [1, 'previous'],
    ]);
    const change = (method: string, body?: Fields) =>
      api.ask(method, path, { ...(body && { body }), headers: { 'if-match': '*' } });
    const changes = await Promise.all(
      [1, 2, 3, 4].map((max_body_bytes) => change('PATCH', { max_body_bytes })),
    );
    expect(changes.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    // The first archives, the second removes, and then nothing is left.
    const removals = await Promise.all([1, 2, 3].map(() => change('DELETE')));
    expect(removals.map(({ status }) => status)).to.have.members([204, 204, 404]);
  });
});
