import { expect } from 'chai';
import fc from 'fast-check';
import { anId, NOON } from '../../../support/an-external-service.ts';
import { rawExchange, requestHead } from '../../../support/raw-http.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Problem = {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
};
const MIB = 1024 * 1024;
const ENTRY = { authorization: 'Bearer admin', 'x-management-company-id': 'uk_company_1' };

describe('bad input', () => {
  let server: RunningServer;
  before(async () => {
    server = await startHttpServer();
  });
  after(() => server.http.close(0));

  const geocode = (body: unknown, headers = {}) =>
    server.ask('POST', '/geocoding/geocode', { body, headers });
  const pointersOf = async (answer: Response): Promise<readonly string[]> =>
    ((await answer.json()) as Problem).errors?.map(({ pointer }) => pointer) ?? [];
  const codeOf = async (answer: Response): Promise<readonly [number, string]> => [
    answer.status,
    ((await answer.json()) as Problem).code,
  ];

  describe('values', () => {
    const bodies: readonly (readonly [title: string, body: unknown, pointers: readonly string[]])[] = [
      ['no fields', {}, ['/address']],
      ['unknown fields, each of them', { address: 'a', 'x/y': 1, 'p~q': 2 }, ['/x~1y', '/p~0q']],
      ['a number for text', { address: 5 }, ['/address']],
      ['null for text', { address: null }, ['/address']],
      ['no characters', { address: '' }, ['/address']],
      ['only spaces', { address: '   ' }, ['/address']],
      ['1,001 characters', { address: 'я'.repeat(1001) }, ['/address']],
      ['a line feed', { address: 'a\nb' }, ['/address']],
      ['a tab at the end', { address: 'a\t' }, ['/address']],
      ['NUL', { address: 'a\u0000' }, ['/address']],
      ['a C1 control character', { address: 'a\u0085b' }, ['/address']],
      ['half a surrogate pair', { address: 'a\ud800' }, ['/address']],
      ['a list', [], ['']],
      ['text', '"address"', ['']],
      ['null', 'null', ['']],
      [
        'everything wrong at once',
        { address: '', language: 'русский', region: 'UZB', limit: 21, more: true },
        ['/address', '/language', '/region', '/limit', '/more'],
      ],
      ['no matches wanted', { address: 'a', limit: 0 }, ['/limit']],
      ['a broken limit', { address: 'a', limit: 1.5 }, ['/limit']],
      ['a limit as text', { address: 'a', limit: '5' }, ['/limit']],
      ['a prototype', '{"address":"a","__proto__":{"limit":1}}', ['/__proto__']],
    ];
    for (const [title, body, pointers] of bodies)
      it(`names what is wrong with ${title}`, async () => {
        const answer = await geocode(body);
        expect(answer.status).to.equal(422);
        expect(await pointersOf(answer)).to.have.members(pointers);
      });

    it('tells half a surrogate pair, which nobody sees either, from a control character', async () => {
      const detailOf = async (address: string) =>
        ((await (await geocode({ address })).json()) as { errors: readonly { detail: string }[] }).errors[0]
          ?.detail;
      expect(await detailOf('a\u0007')).to.equal('must not contain control characters');
      expect(await detailOf('a\ud800')).to.equal('must not contain half a surrogate pair');
      const secret = (secret_key: string) =>
        server.ask('POST', '/webhooks', {
          body: { webhook_name: 'a', source_service: 'github', secret_key },
        });
      expect(await (await secret('\ud800-a-secret')).text()).to.contain('no half surrogate pairs');
    });

    for (const path of ['/geocoding/geocode', '/services'])
      it(`counts the problems at ${path} where they are too many to be listed, along with those in the query`, async () => {
        const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`unknown${n}`, n]));
        for (const [query, named] of [['', 200] as const, ['?unknown=1', 201] as const]) {
          const answer = await server.ask('POST', path + query, { body });
          const problem = (await answer.json()) as Problem & { readonly detail: string };
          expect(problem.errors).to.have.length(named);
          expect(problem.detail).to.match(/^200\d\d values are not valid, of which 20[01] are named$/);
        }
      });

    it('counts parameters too, and problems outside of the cells', async () => {
      const names = Array.from({ length: 300 }, (_, n) => `x${n}`);
      const body = { values: [[1]], ...Object.fromEntries(names.map((name) => [name, 1])) };
      const cells = await server.ask('PUT', '/sheets/abcdefghijklmnop/values/A1', { body });
      for (const answer of [cells, await server.ask('GET', `/services?${names.join('&')}`)])
        expect(await answer.json()).to.include({
          detail: '300 values are not valid, of which 200 are named',
        });
    });

    it('counts parameters that are given twice once each, of which no more are named', async () => {
      const query = Array.from({ length: 300 }, (_, n) => `x${n}&x${n}`).join('&');
      for (const path of ['/services', '/sheets/abcdefghijklmnop/values/A1']) {
        const answer = await server.ask('GET', `${path}?${query}`);
        expect(await answer.json(), path)
          .to.include({ detail: '300 values are not valid, of which 200 are named' })
          .and.to.have.property('errors')
          .that.has.length(200);
      }
    });

    it('counts cells and members given twice, of which no more are named either', async () => {
      const rows = Array.from({ length: 1_000 }, () => [{}]);
      const names = Array.from({ length: 1_000 }, (_, n) => `"x${n}":1`).join();
      const asked = [
        ['PUT', '/sheets/abcdefghijklmnop/values/A1', { values: rows }],
        ['POST', '/sheets/abcdefghijklmnop/values/batch-update', { data: [{ range: 'A1', values: rows }] }],
        ['POST', '/geocoding/geocode', `{${names},${names}}`],
      ] as const;
      for (const [method, path, body] of asked)
        expect(await (await server.ask(method, path, { body })).json(), path).to.include({
          detail: '1000 values are not valid, of which 200 are named',
        });
    });

    it('takes 1,000 characters, also outside the basic plane', async () => {
      const answers = await Promise.all([
        geocode({ address: 'я'.repeat(1000) }),
        geocode({ address: ` ${'𝕏'.repeat(1000)} ` }),
        geocode({ address: '𝕏'.repeat(1001) }),
      ]);
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 422]);
    });

    const points: readonly (readonly [unknown, unknown, readonly string[]])[] = [
      [90.000001, 0, ['/latitude']],
      [0, -180.000001, ['/longitude']],
      ['41', '69', ['/latitude', '/longitude']],
      [null, true, ['/latitude', '/longitude']],
    ];
    for (const [latitude, longitude, pointers] of points)
      it(`refuses the point ${String(latitude)}, ${String(longitude)}`, async () => {
        const answer = await server.ask('POST', '/geocoding/reverse', { body: { latitude, longitude } });
        expect(answer.status).to.equal(422);
        expect(await pointersOf(answer)).to.deep.equal(pointers);
      });

    it('refuses a number too large for JavaScript', async () => {
      const answer = await server.ask('POST', '/geocoding/reverse', {
        body: '{"latitude":1e999,"longitude":0}',
      });
      expect(await pointersOf(answer)).to.deep.equal(['/latitude']);
    });

    it('never breaks, whatever JSON is sent', async () => {
      await fc.assert(
        fc.asyncProperty(fc.json(), async (body) => {
          const answer = await geocode(body);
          await answer.arrayBuffer();
          expect(answer.status).to.be.oneOf([200, 422]);
        }),
        { numRuns: 50 },
      );
    });

    it('bears more problems than the stack holds arguments', async () => {
      const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.split('');
      const names = letters.flatMap((x) => letters.flatMap((y) => letters.map((z) => x + y + z)));
      const fields = names
        .slice(0, 130_900)
        .map((name) => `"${name}":1`)
        .join(',');
      const answer = await server.ask('POST', '/geocoding/distance', {
        body: `{"origin":{"address":"a",${fields}},"destination":"b"}`,
      });
      expect(answer.status).to.equal(422);
      expect(await pointersOf(answer)).to.have.length(200);
    });

    it('keeps the list of problems readable', async () => {
      const answer = await geocode(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, i])));
      expect(answer.status).to.equal(422);
      expect(await pointersOf(answer)).to.have.length(200);
    });
  });

  describe('bodies', () => {
    const malformed: readonly (readonly [string, string | Buffer])[] = [
      ['no JSON', '{"address":'],
      ['nothing', ''],
      ['NaN', '{"address":NaN}'],
      ['a byte order mark', '\ufeff{"address":"a"}'],
      ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
      ['UTF-16', Buffer.from('{"address":"a"}', 'utf16le')],
      ['65 levels', `{"address":${'['.repeat(65)}${']'.repeat(65)}}`],
      ['half a million levels', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ];
    for (const [title, body] of malformed)
      it(`calls ${title} malformed`, async () => {
        const answer = await fetch(`${server.url}/geocoding/geocode`, {
          method: 'POST',
          headers: { ...ENTRY, 'content-type': 'application/json' },
          body,
        });
        expect(await codeOf(answer)).to.deep.equal([400, 'malformed-request']);
      });

    it('does not choose between two members with the same name, on any route', async () => {
      const SERVICE = '{"service_name":"gazetteer","service_type":"geocoding","config":{"x":1,"x":2}}';
      const bodies: readonly (readonly [path: string, body: string, pointer: string])[] = [
        ['/geocoding/geocode', '{"address":"a","address":"b"}', '/address'],
        ['/services', SERVICE, '/config/x'],
        ['/tokens', '{"name":"t","scopes":["geocoding"],"tenants":["a"],"tenants":["b"]}', '/tenants'],
        [`/webhooks/${anId(1)}/token`, '{"overlap_seconds":1,"overlap_seconds":2}', '/overlap_seconds'],
      ];
      for (const [path, body, pointer] of bodies) {
        const answer = await server.ask('POST', path, { body });
        expect(answer.status, path).to.equal(422);
        const { errors } = (await answer.json()) as { readonly errors: unknown };
        expect(errors).to.deep.equal([{ pointer, detail: 'given more than once' }]);
      }
    });

    it('tells members that come twice with everything else, and nothing else of them', async () => {
      const sheet = '/sheets/abcdefghijklmnop/values';
      const bodies: readonly (readonly [path: string, body: string, pointers: readonly string[]])[] = [
        [
          '/geocoding/geocode?x=1',
          '{"address":1,"address":2,"limit":0,"y":1}',
          ['/address', '/limit', '/y', '/x'],
        ],
        ['/geocoding/reverse', '{"latitude":1,"latitude":2}', ['/latitude', '/longitude']],
        [
          '/geocoding/distance',
          '{"origin":{"latitude":1,"latitude":"a"}}',
          ['/origin/latitude', '/origin/longitude', '/destination'],
        ],
        // Found only by the use case.
        [
          '/services',
          '{"service_name":"a","provider":"gazetteer","service_type":"spreadsheet","priority":1,"priority":2}',
          ['/priority', '/provider'],
        ],
        [`${sheet}/batch-update`, '{"data":[],"x":1,"x":2}', ['/x', '/data']],
        [`${sheet}/A1/append?y=1`, '{"values":[[1]],"values":[[{}]],"x":1}', ['/values', '/x', '/y']],
      ];
      for (const [path, body, pointers] of bodies) {
        const answer = await server.ask('POST', path, { body });
        expect(answer.status, path).to.equal(422);
        expect(await pointersOf(answer), path).to.have.members(pointers);
      }
    });

    it('takes exactly 1 MiB and refuses one byte more, announced or not', async () => {
      const padded = (size: number) => {
        const text = JSON.stringify({ address: 'a' });
        return text + ' '.repeat(size - text.length);
      };
      const chunked = (text: string) =>
        fetch(`${server.url}/geocoding/geocode`, {
          method: 'POST',
          headers: { ...ENTRY, 'content-type': 'application/json' },
          body: new Blob([text]).stream(),
          duplex: 'half',
        });
      expect((await geocode(padded(MIB))).status).to.equal(200);
      expect((await chunked(padded(MIB))).status).to.equal(200);
      expect(await codeOf(await geocode(padded(MIB + 1)))).to.deep.equal([413, 'too-large']);
      expect(await codeOf(await chunked(padded(MIB + 1)))).to.deep.equal([413, 'too-large']);
    });

    it('refuses by the announced length alone, before the body comes', async () => {
      const text = await rawExchange(
        server.url,
        requestHead('POST', '/geocoding/geocode', {
          ...ENTRY,
          'content-type': 'application/json',
          'content-length': String(MIB + 1),
        }),
        'x',
      );
      expect(text).to.match(/^HTTP\/1\.1 413 /);
    });

    const types: readonly (readonly [type: string | null, status: number])[] = [
      ['application/json', 200],
      ['application/json; charset=utf-8', 200],
      ['Application/JSON;charset="UTF-8"', 200],
      ['application/json; charset=latin1', 415],
      ['application/merge-patch+json', 415],
      ['text/plain', 415],
      [null, 415],
    ];
    for (const [type, status] of types)
      it(`answers ${status} to the media type ${type ?? 'left out'}`, async () => {
        const answer = await fetch(`${server.url}/geocoding/geocode`, {
          method: 'POST',
          headers: { ...ENTRY, ...(type === null ? {} : { 'content-type': type }) },
          body: Buffer.from('{"address":"a"}'),
        });
        expect(answer.status).to.equal(status);
        expect(answer.headers.get('accept')).to.equal(status === 415 ? 'application/json' : null);
      });

    it('lists the media types of a change, as RFC 5789 section 2.2 requires', async () => {
      const { headers } = await server.ask('PATCH', `/services/${anId(1)}`, {
        body: '<a/>',
        headers: { 'content-type': 'text/xml', 'if-match': '*' },
      });
      const types = 'application/merge-patch+json, application/json';
      expect([headers.get('accept-patch'), headers.get('accept')]).to.deep.equal([types, types]);
      expect((await geocode('<a/>', { 'content-type': 'text/xml' })).headers.has('accept-patch')).to.equal(
        false,
      );
    });

    it('does not unpack compressed bodies', async () => {
      const answer = await geocode({ address: 'a' }, { 'content-encoding': 'gzip' });
      expect(answer.headers.get('accept-encoding')).to.equal('identity');
      expect(await codeOf(answer)).to.deep.equal([415, 'unsupported-media-type']);
    });
  });

  describe('headers', () => {
    const headers: readonly (readonly [name: string, value: string])[] = [
      ['x-request-deadline-ms', '0'],
      ['x-request-deadline-ms', '600001'],
      ['x-request-deadline-ms', '1.5'],
      ['x-request-deadline-ms', '-1'],
      ['x-request-deadline-ms', 'soon'],
      ['cache-control', 'max-age=soon'],
      ['cache-control', 'no-store, max-age'],
      ['cache-control', 'max-age=-1'],
      ['cache-control', 'max-stale='],
      ['cache-control', 'max-stale=long'],
      ['cache-control', 'min-fresh'],
    ];
    for (const [name, value] of headers)
      it(`refuses ${name}: ${value}`, async () => {
        const answer = await geocode({ address: 'a' }, { [name]: value });
        expect(await codeOf(answer)).to.deep.equal([400, 'malformed-request']);
      });

    it('answers 431 to headers over 16 KiB', async () => {
      const head = requestHead('GET', '/health/live', { 'x-long': 'a'.repeat(20_000) });
      const text = await rawExchange(server.url, head);
      expect(text)
        .to.match(/^HTTP\/1\.1 431 /)
        .and.to.contain('"code":"too-large"');
    });

    it('looks at each of them, however many there are', async () => {
      const filler = 'a:1\r\n'.repeat(2_500);
      const with2nd = (path: string, header: string) =>
        requestHead('GET', path, ENTRY).replace('\r\n\r\n', `\r\n${filler}${header}\r\n\r\n`);
      const credentials = await rawExchange(server.url, with2nd('/services', 'Authorization: Bearer other'));
      const hosts = await rawExchange(server.url, with2nd('/health/live', 'Host: other'));
      expect(credentials)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('more than one Authorization header');
      expect(hosts)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('one Host');
    });

    it('answers a problem document to what is no HTTP', async () => {
      const text = await rawExchange(server.url, 'HELLO\r\n\r\n');
      expect(text)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('application/problem+json')
        .and.to.contain('X-Content-Type-Options: nosniff');
    });

    it('answers 501 to unknown methods, as RFC 9110 section 9.1 requires', async () => {
      const known = requestHead('GET', '/health/live', { connection: 'keep-alive' });
      for (const method of ['BREW', 'get', 'GETX', 'M-FOO', 'PROPFIND', 'PURGE', 'QUERY']) {
        const unknown = requestHead(method, '/services', ENTRY);
        for (const sent of [unknown, known + unknown]) {
          const text = await rawExchange(server.url, sent);
          expect(text.match(/HTTP\/1\.1 \d+/g)?.at(-1), method).to.equal('HTTP/1.1 501');
          expect(text, method).to.contain('"code":"not-implemented"');
        }
      }
      for (const noRequest of [
        'GE T / HTTP/1.1\r\n\r\n',
        'BREW / COFFEE/1.1\r\n\r\n',
        '\x16\x03\x01\x02\r\n\r\n',
      ])
        expect(await rawExchange(server.url, noRequest)).to.match(/^HTTP\/1\.1 400 /);
    });

    it('speaks no other version, which would escape what is asked of this one', async () => {
      for (const version of ['2.0', '0.9', '3.0']) {
        const head = requestHead('GET', '/health/live', {}).replace('HTTP/1.1', `HTTP/${version}`);
        const text = await rawExchange(server.url, head);
        expect(text, version)
          .to.match(/^HTTP\/1\.1 400 /)
          .and.to.contain('malformed-request');
      }
    });

    it('does not choose between two types of one body', async () => {
      const headers = { ...ENTRY, 'content-type': 'application/json', 'content-length': '15' };
      const sent = (second: string): Promise<string> => {
        const head = requestHead('POST', '/geocoding/geocode', headers);
        return rawExchange(
          server.url,
          `${head.replace('\r\n\r\n', `\r\nContent-Type: ${second}\r\n\r\n`)}{"address":"a"}`,
        );
      };
      expect(await sent('text/plain'))
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('Content-Type');
      expect(await sent('application/json')).to.match(/^HTTP\/1\.1 200 /);
    });

    it('adds a date to its answers to malformed HTTP and CONNECT, as RFC 9110 requires of all', async () => {
      for (const sent of ['HELLO\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n']) {
        const text = await rawExchange(server.url, sent);
        const [, date] = /\r\nDate: ([^\r]+)\r\n/.exec(text) ?? [];
        expect(date, text).to.equal(new Date(NOON).toUTCString());
      }
    });

    it('first answers the requests that came before it', async () => {
      const get = (path: string) => requestHead('GET', path, { ...ENTRY, connection: 'keep-alive' });
      const text = await rawExchange(
        server.url,
        `${get('/health/live')}${get('/services')}HELLO\r\n\r\n`,
        'x',
      );
      expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
    });

    it('closes the connection of a body in chunks under HTTP/1.0, whose end a proxy may see elsewhere', async () => {
      const headers = { ...ENTRY, connection: 'keep-alive', 'content-type': 'application/json' };
      const head = requestHead('POST', '/geocoding/geocode', { ...headers, 'transfer-encoding': 'chunked' });
      const old = `${head.replace('HTTP/1.1', 'HTTP/1.0')}f\r\n{"address":"a"}\r\n0\r\n\r\n`;
      const text = await rawExchange(server.url, old.repeat(2));
      expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 400']);
    });

    it('does not decompress what was compressed with a transfer coding', async () => {
      const headers = { ...ENTRY, 'content-type': 'application/json', 'transfer-encoding': 'gzip, chunked' };
      const head = requestHead('POST', '/geocoding/geocode', headers);
      const text = await rawExchange(server.url, `${head}f\r\n{"address":"a"}\r\n0\r\n\r\n`);
      expect(text).to.match(/^HTTP\/1\.1 415 /);
    });

    it('serves requests with an unknown expectation', async () => {
      const text = await rawExchange(server.url, requestHead('GET', '/health/live', { expect: 'wonders' }));
      expect(text).to.match(/^HTTP\/1\.1 200 /);
    });

    it('asks HTTP/1.1 for a host and does not care which', async () => {
      const without = await rawExchange(server.url, 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n');
      expect(without)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('Host');
      for (const host of ['', 'a_b.c-d:8006', 'x%20y', '[2001:db8::1]:80', '127.0.0.1:']) {
        const any = await rawExchange(server.url, requestHead('GET', '/health/live', { host }));
        expect(any, host).to.match(/^HTTP\/1\.1 200 /);
      }
    });

    it('refuses an invalid Host, as RFC 9112 section 3.2 requires', async () => {
      for (const host of ['%%% <>', 'a b', 'a/b', 'user@a', 'a:b', 'a:80:80', '[::1', 'a, b']) {
        const text = await rawExchange(server.url, requestHead('GET', '/health/live', { host }));
        expect(text, host)
          .to.match(/^HTTP\/1\.1 400 /)
          .and.to.contain('malformed-request');
      }
    });

    it('does not choose between two hosts', async () => {
      const head = requestHead('GET', '/health/live', {}).replace('\r\n\r\n', '\r\nHost: other\r\n\r\n');
      const text = await rawExchange(server.url, head);
      expect(text)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('one Host');
    });

    it('digs no tunnel', async () => {
      const text = await rawExchange(
        server.url,
        'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
      );
      expect(text)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('application/problem+json');
    });
  });

  describe('paths', () => {
    it('answers 404 to an unknown one and 405 with Allow to a wrong method', async () => {
      const unknown = await server.ask('GET', '/nothing/here?x=1');
      expect(await codeOf(unknown)).to.deep.equal([404, 'not-found']);
      const wrong = await server.ask('PUT', '/services/00000000-0000-7000-8000-000000000001');
      expect(wrong.headers.get('allow')).to.equal('GET, HEAD, PATCH, DELETE');
      expect(await codeOf(wrong)).to.deep.equal([405, 'method-not-allowed']);
      const options = await server.ask('OPTIONS', '/geocoding/geocode');
      expect([options.status, options.headers.get('allow')]).to.deep.equal([405, 'POST']);
    });

    it('allows what every route of a path takes, and nothing that another one in front keeps from it', async () => {
      const allowed = async (path: string) =>
        (await server.ask('PATCH', path)).headers.get('allow')?.split(', ');
      const values = '/sheets/abcdefghijklmnop/values';
      for (const batch of ['batch-get', 'batch-update'])
        expect(await allowed(`${values}/${batch}`)).to.have.members(['POST', 'GET', 'HEAD', 'PUT']);
      expect(await allowed(`${values}/A1`)).to.deep.equal(['GET', 'HEAD', 'PUT']);
      expect(await allowed('/webhooks/replays')).to.have.members(['POST', 'GET', 'HEAD']);
    });

    const broken = ['/services/%', '/services/%zz', '/cache/entries/%ff', '/services/%c0%af'];
    for (const path of broken)
      it(`calls ${path} malformed`, async () => {
        const text = await rawExchange(server.url, requestHead('GET', path, ENTRY));
        expect(text)
          .to.match(/^HTTP\/1\.1 400 /)
          .and.to.contain('malformed-request');
      });

    it('calls broken encoding in a query malformed', async () => {
      const text = await rawExchange(server.url, requestHead('GET', '/logs?operation=%zz', ENTRY));
      expect(text)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('malformed-request');
    });

    it('takes the target a proxy would get, and refuses any other', async () => {
      const absolute = await rawExchange(server.url, requestHead('GET', 'http://localhost/health/live', {}));
      const asterisk = await rawExchange(server.url, requestHead('OPTIONS', '*', {}));
      const bad = await rawExchange(server.url, requestHead('GET', 'http://a:99999/', {}));
      const bare = await rawExchange(server.url, requestHead('GET', 'http://localhost?x', {}));
      const userInfo = await rawExchange(
        server.url,
        requestHead('GET', 'http://a@localhost/health/live', {}),
      );
      expect(absolute).to.match(/^HTTP\/1\.1 200 /);
      expect(asterisk)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.contain('application/problem+json');
      expect(bad).to.match(/^HTTP\/1\.1 400 /);
      expect(bare).to.match(/^HTTP\/1\.1 200 /);
      expect(userInfo).to.match(/^HTTP\/1\.1 400 /);
    });

    it('refuses a target with a fragment, which RFC 9112 section 3.2 does not permit', async () => {
      for (const target of ['/health/live#x', '/health/live?#', 'http://localhost/health/live#x', '/#']) {
        const text = await rawExchange(server.url, requestHead('GET', target, {}));
        expect(text, target)
          .to.match(/^HTTP\/1\.1 400 /)
          .and.to.contain('fragment');
      }
    });

    for (const path of ['/services/../health/live', '/services/%2e%2e/health/live', '/health\\live'])
      it(`does not walk ${path}, behind a host no more than without`, async () => {
        for (const target of [path, `http://localhost${path}`]) {
          const text = await rawExchange(server.url, requestHead('GET', target, {}));
          expect(text, target).to.match(/^HTTP\/1\.1 404 /);
        }
      });

    for (const id of ['1', '%00', 'x'.repeat(5000), '00000000-0000-7000-8000-00000000000g', "' or 1=1 --"])
      it(`finds no service named ${id.slice(0, 40)}`, async () => {
        const answer = await server.ask('GET', `/services/${encodeURIComponent(decodeURIComponent(id))}`);
        expect(await codeOf(answer)).to.deep.equal([404, 'not-found']);
      });

    it('finds no cache entry whose key holds control characters', async () => {
      const answer = await server.ask('DELETE', '/cache/entries/geo%3A%00');
      expect(answer.status).to.equal(404);
    });
  });

  describe('queries', () => {
    const queries: readonly (readonly [path: string, pointers: readonly string[]])[] = [
      ['/services?limit=0', ['/limit']],
      ['/services?limit=201', ['/limit']],
      [
        '/services?limit=ten&cursor=x&service_type=fax&is_active=1&health_status=fine&sort=name',
        ['/limit', '/cursor', '/service_type', '/is_active', '/health_status', '/sort'],
      ],
      ['/services?limit=1&limit=2', ['/limit']],
      ['/services?limit=1&limit=2&limit=3&sort=name&sort=age&is_active=1', ['/limit', '/sort', '/is_active']],
      [
        '/logs?from=yesterday&to=2026-02-30T00:00:00Z&min_duration_ms=-1&status=fine',
        ['/from', '/to', '/min_duration_ms', '/status'],
      ],
      ['/logs?from=2026-11-22&to=2026-11-21', ['/to']],
      ['/logs?service_name=%00', ['/service_name']],
      ['/logs/summary?group_by=week', ['/group_by']],
      ['/costs?currency=USD', ['/currency']],
      ['/cache/entries?operation=', ['/operation']],
      ['/cache/entries?operation=geocod', ['/operation']],
      ['/cache/entries?operation=sheets_write', ['/operation']],
      ['/logs?operation=geocod', ['/operation']],
      ['/tokens?offset=5', ['/offset']],
      ['/services/00000000-0000-7000-8000-000000000001?fields=id', ['/fields']],
      ['/sheets/no%20id?fields=title', ['/spreadsheet_id', '/fields']],
    ];
    for (const [path, pointers] of queries)
      it(`names what is wrong with ${path}`, async () => {
        const answer = await server.ask('GET', path);
        expect(answer.status).to.equal(422);
        const { errors } = (await answer.json()) as {
          errors: readonly { pointer: string; parameter: string }[];
        };
        expect(errors.map(({ pointer }) => pointer)).to.have.members(pointers);
        expect(errors.map(({ parameter }) => `/${parameter}`)).to.have.members(pointers);
      });

    const SHEET = '/sheets/abcdefghijklmnop/values';
    const repeated: readonly (readonly [
      method: string,
      path: string,
      body: unknown,
      wrong: readonly string[],
    ])[] = [
      ['GET', `${SHEET}/A0?pad=true&pad=true&x=1`, undefined, ['?range', '?pad', '?x']],
      ['GET', '/sheets/no%20id?x=1&x=2', undefined, ['?spreadsheet_id', '?x']],
      [
        'PUT',
        `${SHEET}/A1:?value_input_option=RAW&value_input_option=RAW`,
        { values: [[{}]], x: 1 },
        ['?range', '?value_input_option', '/values/0/0', '/x'],
      ],
      ['POST', `${SHEET}/batch-get?ranges=A1&ranges=B2`, {}, ['?ranges']],
      ['POST', `${SHEET}/A1/clear?x=1&x=2`, undefined, ['?x']],
      [
        'PUT',
        `${SHEET}/A0?major_dimension=ROW&y=1`,
        '{"values":[[1]],"values":[[2]],"range":"A1","range":"B1","x":1}',
        ['?range', '?major_dimension', '?y', '/values', '/range', '/x'],
      ],
      [
        'POST',
        `${SHEET}/batch-get?pad=1`,
        '{"ranges":[],"ranges":["A1"],"pad":1}',
        ['?pad', '/ranges', '/pad'],
      ],
      [
        'POST',
        '/sheets/no%20id/values/A0/append?x=1',
        '[{"a":1,"a":2}]',
        ['?spreadsheet_id', '?range', '?x', '/0/a', ''],
      ],
    ];
    for (const [method, path, body, wrong] of repeated)
      it(`reports repeated parameters with all other problems: ${method} ${path}`, async () => {
        const answer = await server.ask(method, path, body === undefined ? {} : { body });
        expect(answer.status).to.equal(422);
        const { errors } = (await answer.json()) as {
          errors: readonly { pointer: string; parameter?: string }[];
        };
        const told = errors.map(({ pointer, parameter }) =>
          parameter === undefined ? pointer : `?${parameter}`,
        );
        expect(told).to.have.members(wrong);
      });

    it('refuses parameters on routes that have none', async () => {
      const answer = await server.ask('POST', '/geocoding/geocode?limit=1', { body: { address: 'a' } });
      expect(answer.status).to.equal(422);
    });

    const both: readonly (readonly [path: string, body: unknown, wrong: readonly string[]])[] = [
      ['/geocoding/geocode?limit=1&x=2', { address: 5, limit: 0 }, ['/address', '/limit', '?limit', '?x']],
      ['/services?x=1', { service_name: 'gazetteer', priority: '1' }, ['/service_type', '/priority', '?x']],
      ['/tokens?dry_run=true&dry_run=true', {}, ['/name', '/scopes', '?dry_run']],
      ['/geocoding/reverse?x=1', [], ['', '?x']],
      // Found only by the use case.
      [
        '/services?x=1&provider=gazetteer',
        { service_name: 'a', provider: 'gazetteer', service_type: 'spreadsheet' },
        ['/provider', '?x', '?provider'],
      ],
      [
        '/tokens?x=1',
        { name: 'a', scopes: ['sheets'], expires_at: '2020-01-01T00:00:00Z' },
        ['/expires_at', '?x'],
      ],
      ['/webhooks?x=1&x=2', { webhook_name: 'a', source_service: 'custom' }, ['/scheme', '?x']],
    ];
    for (const [path, body, wrong] of both)
      it(`reports problems of the body beside ${path}`, async () => {
        const answer = await server.ask('POST', path, { body });
        expect(answer.status).to.equal(422);
        const { errors } = (await answer.json()) as {
          errors: readonly { pointer: string; parameter?: string }[];
        };
        const told = errors.map(({ pointer, parameter }) =>
          parameter === undefined ? pointer : `?${parameter}`,
        );
        expect(told).to.have.members(wrong);
      });

    it('reports problems of a change beside its query', async () => {
      const made = await server.ask('POST', '/webhooks', {
        body: { webhook_name: 'changed', source_service: 'github' },
      });
      const answer = await server.ask('PATCH', `${made.headers.get('location')}?ip_allowlist=github`, {
        body: { ip_allowlist: ['0.0.0.0/0'] },
        headers: { 'if-match': '*' },
      });
      expect(answer.status).to.equal(422);
      const { errors } = (await answer.json()) as { errors: readonly { parameter?: string }[] };
      expect(errors.map(({ parameter }) => parameter)).to.have.members([undefined, 'ip_allowlist']);
    });

    it('reports that a field shown only in answers is in the query', async () => {
      const sheet = '/sheets/abcdefghijklmnop/values';
      const asked = { ranges: ['A1:A600000'], major_dimension: 'COLUMNS' };
      const answers = await Promise.all([
        server.ask('GET', `${sheet}/A1%3AA600000?major_dimension=COLUMNS&pad=true`),
        server.ask('POST', `${sheet}/batch-get?pad=true`, { body: asked }),
        server.ask('POST', `${sheet}/batch-get`, { body: { ...asked, pad: true } }),
      ]);
      const places = await Promise.all(
        answers.map(async (answer) => {
          const { errors } = (await answer.json()) as {
            readonly errors: readonly { readonly pointer: string; readonly parameter?: string }[];
          };
          return errors.map(({ pointer, parameter }) => [pointer, parameter]);
        }),
      );
      const inQuery = [['/pad', 'pad']];
      expect(places).to.deep.equal([inQuery, inQuery, [['/pad', undefined]]]);
    });

    it('calls a parameter by its own name, whatever characters a pointer has to escape', async () => {
      const answer = await server.ask('GET', '/services?a%2Fb~c=1&limit=0');
      const { errors } = (await answer.json()) as { errors: readonly object[] };
      expect(errors).to.have.deep.members([
        { pointer: '/a~1b~0c', parameter: 'a/b~c', detail: 'is not known here' },
        { pointer: '/limit', parameter: 'limit', detail: 'an integer from 1 to 200' },
      ]);
    });

    it('reads times with an offset, escaped or not', async () => {
      const answers = await Promise.all([
        server.ask('GET', '/logs?from=2026-11-22T15:00:00%2B05:00'),
        server.ask('GET', '/logs?from=2026-11-22T15:00:00+05:00&to=2026-11-23'),
      ]);
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    });
  });
});
