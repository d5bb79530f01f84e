import { expect } from 'chai';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { schemeFrom } from '../../../../src/domain/webhook/scheme/scheme-rules.ts';
import { schemeJson } from '../../../../src/domain/webhook/scheme/scheme-json.ts';

type Fields = Record<string, unknown>;

const hmac: Fields = { kind: 'hmac', signature_header: 'X-Signature' };
const pointers = (input: unknown, publicUrl?: string): readonly string[] => {
  const read = schemeFrom(input, { publicUrl });
  return isLeft(read) ? read.left.map((problem) => problem.pointer) : [];
};
const details = (input: unknown): string => {
  const read = schemeFrom(input, { publicUrl: undefined });
  return isLeft(read) ? read.left.map((problem) => problem.detail).join('; ') : '';
};

describe('a custom scheme', () => {
  it('needs a kind and a header: the rest has careful defaults', () => {
    expect(schemeFrom(hmac, { publicUrl: undefined })).to.deep.equal({
      _tag: 'Right',
      right: {
        kind: 'hmac',
        algorithm: 'sha256',
        secretEncoding: 'utf8',
        secretPrefix: '',
        signatureHeader: 'x-signature',
        prefix: '',
        listSeparator: undefined,
        encoding: 'hex',
        hexCase: 'lower',
        template: '{body}',
        timestamp: undefined,
        idHeader: undefined,
        idPath: undefined,
        eventTypeHeader: undefined,
        eventTypePath: undefined,
        rejectEmptyBody: false,
        handshake: undefined,
        response: undefined,
      },
    });
  });

  const complete: Fields = {
    kind: 'hmac',
    algorithm: 'sha512',
    signature_header: 'X-Signature',
    prefix: 'v1,',
    list_separator: ' ',
    encoding: 'base64',
    hex_case: 'any',
    secret_encoding: 'base64',
    secret_prefix: 'whsec_',
    template: '{method}\n{url}\n{id}.{timestamp}.{body}'.replaceAll('\n', '|'),
    timestamp: { header: 'X-Time', unit: 'ms', tolerance_seconds: 60 },
    id_header: 'X-Id',
    id_path: 'data.0.id',
    event_type_header: 'X-Type',
    event_type_path: '/data/a~1b/type',
    reject_empty_body: true,
    handshake: { match_path: 'type', match_value: 'hello', respond_path: '$.token' },
    response: { status: 202, content_type: 'text/plain; charset=utf-8', body: 'thanks' },
  };

  it('may use every field, and is the same when it is written down and read again', () => {
    const publicUrl = 'https://hooks.example.com/in';
    const read = schemeFrom(complete, { publicUrl });
    if (isLeft(read)) throw new Error(JSON.stringify(read.left));
    expect(read.right).to.deep.include({ algorithm: 'sha512', listSeparator: ' ', idPath: 'data.0.id' });
    expect(schemeFrom(schemeJson(read.right), { publicUrl })).to.deep.equal(read);
    expect(schemeJson(read.right)).to.deep.equal({
      ...complete,
      signature_header: 'x-signature',
      id_header: 'x-id',
      event_type_header: 'x-type',
      timestamp: { header: 'x-time', unit: 'ms', tolerance_seconds: 60 },
    });
  });

  it('may have its handshake in a query, and says no word of it where it is in the body', () => {
    const query = { in: 'query', match_path: '/hub.mode', match_value: 'v', respond_path: 'challenge' };
    const read = schemeFrom({ ...hmac, handshake: query }, { publicUrl: undefined });
    expect(isLeft(read) ? read.left : schemeJson(read.right)['handshake']).to.deep.equal(query);
    const { in: _, ...rest } = query;
    const body = schemeFrom({ ...hmac, handshake: { ...rest, in: 'body' } }, { publicUrl: undefined });
    expect(isLeft(body) ? body.left : schemeJson(body.right)['handshake']).to.deep.equal(rest);
  });

  const good: readonly Fields[] = [
    { ...hmac, algorithm: 'sha1' },
    { ...hmac, prefix: null, timestamp: null },
    { ...hmac, template: 'v0:{timestamp}:{body}', timestamp: { header: 'X-Time' } },
    { ...hmac, template: '{timestamp}0{body}', timestamp: { header: 'X-Time', unit: 'iso' } },
    { ...hmac, template: '{timestamp}\n{body}', timestamp: { header: 'X-Time' } },
    { ...hmac, response: { body: '<Response>\n</Response>\n', content_type: 'text/xml' } },
    { ...hmac, response: { status: 204, body: '' } },
    { ...hmac, response: { status: 200, body: 'x'.repeat(4096) } },
    { ...hmac, no_such_field: null },
    { ...hmac, response: { body: '{"result":{"method":"deep down"}}' } },
    { kind: 'ed25519', signature_header: 'X-Sig', encoding: 'base64url' },
    { kind: 'token', token_header: 'Authorization', prefix: 'Token ' },
    { kind: 'basic' },
    { kind: 'bearer', id_path: 'id' },
    { kind: 'none' },
  ];
  for (const scheme of good)
    it(`may be ${JSON.stringify(scheme)}`, () => expect(pointers(scheme)).to.deep.equal([]));

  const time = { header: 'X-Time' };
  const handshake = (match_path: string) => ({ match_path, match_value: 'hello', respond_path: 'challenge' });
  const bad: readonly (readonly [string | readonly string[], unknown])[] = [
    ['/scheme', undefined],
    ['/scheme', null],
    ['/scheme', []],
    ['/scheme', 'hmac'],
    ['/scheme/kind', {}],
    ['/scheme/kind', { kind: null }],
    ['/scheme/kind', { kind: 'md5' }],
    ['/scheme/kind', { kind: 'HMAC' }],
    ['/scheme/kind', { kind: ['hmac'] }],
    ['/scheme/kind', { kind: 'constructor' }],
    [['/scheme/kind', '/scheme/template'], { kind: 'md5', template: '{id}{body}', id_header: 'X-Id' }],
    [
      ['/scheme/kind', '/scheme/algorithm', '/scheme/timestamp/unit'],
      { kind: 'rsa', algorithm: 'md5', timestamp: { header: 'X-Time', unit: 'us' }, key: 'x' },
    ],
    ['/scheme/signature_header', { kind: 'hmac' }],
    ['/scheme/signature_header', { kind: 'ed25519' }],
    ['/scheme/token_header', { kind: 'token' }],
    ['/scheme/signature_header', { ...hmac, signature_header: '' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 7 }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'X Signature' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'X-Sig:' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'X-Sig\r\nX-Evil' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'Подпись' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'x'.repeat(65) }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'Host' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'Connection' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'TRANSFER-ENCODING' }],
    ['/scheme/signature_header', { ...hmac, signature_header: 'Content-Length' }],
    ['/scheme/token_header', { kind: 'token', token_header: 'X-Forwarded-For' }],
    ['/scheme/token_header', { kind: 'token', token_header: 'X-Request-Id' }],
    ['/scheme/token_header', { kind: 'token', token_header: 'X-Management-Company-Id' }],
    ['/scheme/token_header', { kind: 'token', token_header: 'Cookie' }],
    ['/scheme/id_header', { ...hmac, id_header: 'X-Signature' }],
    ['/scheme/id_header', { ...hmac, id_header: 'Authorization' }],
    ['/scheme/id_header', { ...hmac, id_header: 'X-Webhook-Token' }],
    ['/scheme/event_type_header', { kind: 'token', token_header: 'X-T', event_type_header: 'x-t' }],
    ['/scheme/algorithm', { ...hmac, algorithm: 'md5' }],
    ['/scheme/algorithm', { ...hmac, algorithm: 'SHA256' }],
    ['/scheme/encoding', { ...hmac, encoding: 'auto' }],
    ['/scheme/encoding', { ...hmac, encoding: 'base32' }],
    ['/scheme/hex_case', { ...hmac, hex_case: 'upper' }],
    ['/scheme/secret_encoding', { ...hmac, secret_encoding: 'base64url' }],
    ['/scheme/prefix', { ...hmac, prefix: 'a\n' }],
    ['/scheme/prefix', { ...hmac, prefix: 'a'.repeat(65) }],
    ['/scheme/prefix', { ...hmac, prefix: ' v1=' }],
    ['/scheme/prefix', { ...hmac, prefix: 'sïg=' }],
    ['/scheme/prefix', { kind: 'token', token_header: 'X-T', prefix: 'Schlüssel ' }],
    ['/scheme/prefix', { kind: 'token', token_header: 'X-T', prefix: ' Token ' }],
    ['/scheme/template', { ...hmac, template: '{body}\0' }],
    ['/scheme/list_separator', { ...hmac, list_separator: '' }],
    ['/scheme/list_separator', { ...hmac, list_separator: 'a' }],
    ['/scheme/list_separator', { ...hmac, list_separator: '=' }],
    ['/scheme/list_separator', { ...hmac, list_separator: ',', prefix: 'v1,' }],
    ['/scheme/template', { ...hmac, template: '' }],
    ['/scheme/template', { ...hmac, template: 'a constant' }],
    ['/scheme/template', { ...hmac, template: '{method}.{method}.{body}' }],
    ['/scheme/template', { ...hmac, template: '{body}.{body}' }],
    ['/scheme/template', { ...hmac, template: '{body}.{nonce}' }],
    ['/scheme/template', { ...hmac, template: '{body} {body_sha256}' }],
    ['/scheme/template', { ...hmac, template: '{timestamp}.{body}' }],
    ['/scheme/template', { ...hmac, template: '{id}.{body}' }],
    ['/scheme/template', { ...hmac, template: '{url}|{body}' }],
    ['/scheme/template', { ...hmac, template: '{body}', timestamp: time }],
    ['/scheme/template', { ...hmac, template: '{timestamp}{body}', timestamp: time }],
    ['/scheme/template', { ...hmac, template: '{body}{timestamp}', timestamp: time }],
    ['/scheme/template', { ...hmac, template: '{timestamp}0{body}', timestamp: time }],
    ['/scheme/template', { ...hmac, template: '{body}0{timestamp}', timestamp: time }],
    ['/scheme/template', { ...hmac, template: '{id}{body}', id_header: 'X-Id' }],
    ['/scheme/template', { ...hmac, template: '{method}{body}' }],
    ['/scheme/template', { ...hmac, template: `{body}${'.'.repeat(252)}` }],
    ['/scheme/template', { ...hmac, template: 7 }],
    ['/scheme/timestamp', { ...hmac, timestamp: 'X-Time', template: '{timestamp}.{body}' }],
    ['/scheme/timestamp/header', { ...hmac, timestamp: {}, template: '{timestamp}.{body}' }],
    [
      '/scheme/timestamp/header',
      { ...hmac, timestamp: { header: 'X-SIGNATURE' }, template: '{timestamp}.{body}' },
    ],
    [
      '/scheme/timestamp/unit',
      { ...hmac, timestamp: { ...time, unit: 'min' }, template: '{timestamp}.{body}' },
    ],
    [
      '/scheme/timestamp/zone',
      { ...hmac, timestamp: { ...time, zone: 'UTC' }, template: '{timestamp}.{body}' },
    ],
    ...[0, -1, 0.5, 86_401, Number.NaN, '300', 1e21].map((tolerance_seconds): [string, Fields] => [
      '/scheme/timestamp/tolerance_seconds',
      { ...hmac, timestamp: { ...time, tolerance_seconds }, template: '{timestamp}.{body}' },
    ]),
    ['/scheme/id_header', { ...hmac, id_header: 'x-TIME', template: '{timestamp}.{body}', timestamp: time }],
    [
      '/scheme/event_type_header',
      { ...hmac, event_type_header: 'X-Time', template: '{timestamp}.{body}', timestamp: time },
    ],
    ['/scheme/event_type_header', { ...hmac, id_header: 'X-Id', event_type_header: 'x-id' }],
    ['/scheme/event_type_path', { ...hmac, id_path: 'data.type', event_type_path: '/data/type' }],
    ['/scheme/event_type_path', { kind: 'none', id_path: '$.type', event_type_path: 'type' }],
    ['/scheme/id_path', { ...hmac, id_path: 'data[0].id' }],
    ['/scheme/id_path', { ...hmac, id_path: '$' }],
    ['/scheme/event_type_path', { ...hmac, event_type_path: '/data/~type' }],
    ['/scheme/handshake/match_path', { ...hmac, handshake: handshake('$.items[?(@.id)]') }],
    ['/scheme/handshake/method', { ...hmac, handshake: { ...handshake('type'), method: 'GET' } }],
    [
      '/scheme/handshake/match_path',
      { ...hmac, handshake: { ...handshake('a'), in: 'query', match_path: null } },
    ],
    ['/scheme/handshake/in', { ...hmac, handshake: { ...handshake('type'), in: 'path' } }],
    ['/scheme/handshake/match_path', { ...hmac, handshake: { ...handshake('hub.mode'), in: 'query' } }],
    [
      '/scheme/handshake/respond_path',
      { ...hmac, handshake: { ...handshake('type'), in: 'query', respond_path: '/hub/challenge' } },
    ],
    ['/scheme/handshake/match_path', { ...hmac, handshake: { ...handshake('a[0]'), in: 'query' } }],
    [
      '/scheme/handshake/match_value',
      { ...hmac, handshake: { ...handshake('a'), in: 'query', match_value: '' } },
    ],
    ['/scheme/id_path', { ...hmac, id_path: '' }],
    ['/scheme/id_path', { ...hmac, id_path: 'a..b' }],
    ['/scheme/id_path', { ...hmac, id_path: Array.from({ length: 17 }, () => 'a').join('.') }],
    ['/scheme/event_type_path', { ...hmac, event_type_path: ['type'] }],
    ['/scheme/reject_empty_body', { ...hmac, reject_empty_body: 'yes' }],
    ['/scheme/handshake', { ...hmac, handshake: true }],
    [
      ['/scheme/handshake/match_path', '/scheme/handshake/match_value', '/scheme/handshake/respond_path'],
      { ...hmac, handshake: {} },
    ],
    ['/scheme/response/status', { ...hmac, response: { status: 199 } }],
    ['/scheme/response/status', { ...hmac, response: { status: 300 } }],
    ['/scheme/response/status', { ...hmac, response: { status: '200' } }],
    ['/scheme/response/content_type', { ...hmac, response: { content_type: 'text' } }],
    ['/scheme/response/content_type', { ...hmac, response: { content_type: 'a/b\r\nX: y' } }],
    ['/scheme/response/body', { ...hmac, response: { body: '{"method":"sendMessage"}' } }],
    ['/scheme/response/body', { ...hmac, response: { body: 'chat_id=1&method=sendMessage' } }],
    ['/scheme/response/body', { ...hmac, response: { body: 'method=sendMessage&chat_id=1' } }],
    ['/scheme/response/body', { ...hmac, response: { status: 204, body: 'x' } }],
    ['/scheme/response/body', { ...hmac, response: { body: 'x'.repeat(4097) } }],
    ['/scheme/response/headers', { ...hmac, response: { headers: {} } }],
    ['/scheme/token_header', { ...hmac, token_header: 'X-Token' }],
    ['/scheme/timestamp', { kind: 'token', token_header: 'X-Token', timestamp: time }],
    ['/scheme/signature_header', { kind: 'none', signature_header: 'X-Signature' }],
    ['/scheme/tolerance', { ...hmac, tolerance: 300 }],
    ['/scheme/a~1b~0', { ...hmac, 'a/b~': 1 }],
  ];
  for (const [pointer, scheme] of bad)
    it(`may not be ${JSON.stringify(scheme)?.slice(0, 110)}`, () =>
      expect(pointers(scheme)).to.deep.equal([pointer].flat()));

  it('reports which part of its template is unknown, or occurs twice', () => {
    expect(details({ ...hmac, template: '{body}.{nonce}' })).to.include('{nonce} is none of');
    expect(details({ ...hmac, template: '{body}.{body}' })).to.equal('{body} stands there twice');
  });

  it('is written down without what it does not say', () => {
    const read = schemeFrom(hmac, { publicUrl: undefined });
    expect(isLeft(read) ? [undefined] : Object.values(schemeJson(read.right))).to.not.include(undefined);
  });

  it('is told all that is wrong with it at once', () => {
    const wrong = {
      kind: 'hmac',
      algorithm: 'md5',
      signature_header: 'a b',
      encoding: 'auto',
      template: '{timestamp}{body}{nonce}',
      timestamp: { header: 'Host', tolerance_seconds: 0 },
      surplus: 1,
    };
    expect(pointers(wrong)).to.have.members([
      '/scheme/algorithm',
      '/scheme/signature_header',
      '/scheme/encoding',
      '/scheme/timestamp/header',
      '/scheme/timestamp/tolerance_seconds',
      '/scheme/template',
      '/scheme/surplus',
    ]);
  });

  it('may sign the URL once the webhook has a public one', () => {
    const scheme = { ...hmac, template: '{url}|{body}' };
    expect(pointers(scheme, 'https://hooks.example.com/in')).to.deep.equal([]);
    expect(details(scheme)).to.include('public_url');
  });

  it('may sign the URL directly next to the body, where no byte can be moved between them, and next to nothing else', () => {
    const asked = { ...hmac, id_header: 'X-Id' };
    const timed = { ...asked, timestamp: time };
    const of = (fields: object) => pointers(fields, 'https://hooks.example.com/in');
    for (const template of ['{url}{body}', '{body}{url}', '{id}.{url}{body}'])
      expect(of({ ...asked, template }), template).to.deep.equal([]);
    expect(details({ ...hmac, template: '{url}{body}' })).to.include('public_url');
    for (const template of ['{id}{url}{body}', '{method}{url}{body}', '{body}{url}{id}'])
      expect(of({ ...asked, template }), template).to.deep.equal(['/scheme/template']);
    for (const template of ['{url}{body}{timestamp}', '{timestamp}{url}{body}'])
      expect(of({ ...timed, template }), template).to.deep.equal(['/scheme/template']);
  });

  it('may sign a date or milliseconds directly next to the body, where no byte can be moved between them, and next to nothing else', () => {
    for (const unit of ['iso', 'ms']) {
      const dated = { ...hmac, timestamp: { ...time, unit }, id_header: 'X-Id' };
      const of = (template: string) => pointers({ ...dated, template }, 'https://hooks.example.com/in');
      for (const template of ['{timestamp}{body}', 'POST{url}{body}{timestamp}', '{id}.{timestamp}{body}'])
        expect(of(template), template).to.deep.equal([]);
      for (const template of [
        '{id}{timestamp}.{body}',
        '{timestamp}{id}.{body}',
        '{timestamp}{url}.{body}',
        '{method}{timestamp}{body}',
      ])
        expect(of(template), template).to.deep.equal(['/scheme/template']);
    }
  });
});
