import { expect } from 'chai';
import { anId } from '../../../support/an-external-service.ts';
import { judgeOf, type Operation } from '../../../support/openapi-judge.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

/** Problems of a write, in the order in which they are reported (docs/api.md). */
const FAULTS = [
  { fault: 'no credential', status: 401 },
  { fault: 'no tenant', status: 400 },
  { fault: 'foreign tenant', status: 403 },
  { fault: 'no scope', status: 403 },
  { fault: 'no id', status: 404 },
  { fault: 'bad key', status: 400 },
  { fault: 'other type', status: 415 },
  { fault: 'large body', status: 413 },
  { fault: 'no JSON', status: 400 },
  { fault: 'wrong values', status: 422 },
  { fault: 'nothing there', status: 404 },
  { fault: 'no If-Match', status: 428 },
] as const;
type Fault = (typeof FAULTS)[number]['fault'];

describe('of several problems of a write, its caller is told the first', () => {
  let server: RunningServer;
  let operations: readonly Operation[];
  /** Existing resources, by the path of their list. */
  let known: { readonly [path: string]: string };
  before(async () => {
    server = await startHttpServer();
    const made = async (path: string, body: object): Promise<readonly [string, string]> => {
      const { headers } = await server.ask('POST', path, { body });
      return [path, (headers.get('location') ?? '').slice(path.length + 1)];
    };
    known = Object.fromEntries([
      await made('/services', { service_name: 'gazetteer', service_type: 'geocoding' }),
      await made('/webhooks', { webhook_name: 'a', source_service: 'github' }),
    ]);
    operations = (await judgeOf(server.url))
      .operations()
      .filter(({ method, path }) => method !== 'get' && !path.startsWith('/webhooks/in'));
  });
  after(() => server.http.close(0));

  const parametersOf = ({ operation }: Operation): string => JSON.stringify(operation['parameters'] ?? []);
  const hasBody = ({ operation }: Operation): boolean => operation['requestBody'] !== undefined;
  const canHave = (asked: Operation, fault: Fault): boolean => {
    const { path } = asked;
    switch (fault) {
      case 'no id':
      case 'nothing there':
        return path.includes('{id}');
      case 'bad key':
        return parametersOf(asked).includes('IdempotencyKey');
      case 'other type':
      case 'large body':
      case 'no JSON':
        return hasBody(asked);
      case 'no If-Match':
        return '428' in (asked.operation['responses'] ?? {});
      default:
        return true;
    }
  };

  const ask = (asked: Operation, faults: ReadonlySet<Fault>): Promise<Response> => {
    const { method, path, operation } = asked;
    const [[type, content] = []] = Object.entries<{ readonly example?: object }>(
      operation['requestBody']?.['content'] ?? {},
    );
    const has = (fault: Fault): boolean => faults.has(fault);
    const there = known[path.split('/{id}')[0] ?? ''];
    const unknown = has('nothing there') ? anId(9_999) : there;
    const id = has('no id') ? 'none' : (unknown ?? anId(9_999));
    const target = path
      .replace('{spreadsheet_id}', '1'.repeat(44))
      .replace('{range}', 'A1')
      .replace('{id}', id)
      .replace(/\{\w+\}/, 'known');
    const example = has('wrong values') ? { ...content?.example, nobody_knows: 1 } : content?.example;
    const text = has('no JSON') ? '{' : JSON.stringify(example);
    const body = has('large body') ? text.padEnd(1024 * 1024 + 1) : text;
    return server.ask(method.toUpperCase(), has('wrong values') ? `${target}?nobody_knows=1` : target, {
      ...(hasBody(asked) && { body }),
      headers: {
        authorization: has('no credential') ? null : `Bearer ${has('no scope') ? 'none' : 'admin'}`,
        'x-management-company-id': has('no tenant')
          ? null
          : has('foreign tenant')
            ? 'uk_company_3'
            : 'uk_company_1',
        ...(type !== undefined && { 'content-type': has('other type') ? 'text/plain' : type }),
        ...(has('bad key') && { 'idempotency-key': 'a b' }),
        'if-match': has('no If-Match') ? null : '*',
      },
    });
  };

  for (const [at, { fault, status }] of FAULTS.entries())
    it(`${fault}: ${status}, whatever other problems come later in the order`, async () => {
      const able = operations.filter((asked) => canHave(asked, fault));
      expect(able).to.not.deep.equal([]);
      const heard: string[] = [];
      for (const asked of able) {
        const rest = FAULTS.slice(at).map((one) => one.fault);
        const answer = await ask(asked, new Set(rest.filter((one) => canHave(asked, one))));
        await answer.arrayBuffer();
        if (answer.status !== status) heard.push(`${asked.method} ${asked.path}: ${answer.status}`);
      }
      expect(heard).to.deep.equal([]);
    });

  it('and last of a name that is taken', async () => {
    const taken = { webhook_name: 'a' };
    const another = { webhook_name: 'another', source_service: 'github' };
    const made = await server.ask('POST', '/webhooks', { body: another });
    const created = (more: object) =>
      server.ask('POST', '/webhooks', { body: { ...another, ...taken, ...more } });
    const patched = (more: object, etag: string | null) =>
      server.ask('PATCH', made.headers.get('location') ?? '', {
        body: { ...taken, ...more },
        headers: { 'if-match': etag },
      });
    const unknown = { source_service_id: anId(77) };
    const asked = [
      await created(unknown),
      await created({}),
      await patched({ nobody_knows: 1 }, null),
      // What has to be compared with stored data is checked after If-Match.
      await patched(unknown, null),
      await patched(unknown, '"9"'),
      await patched(unknown, '*'),
      await patched({}, '*'),
    ];
    expect(asked.map(({ status }) => status)).to.deep.equal([422, 409, 422, 428, 412, 422, 409]);
  });
});
