import { expect } from 'chai';
import type { Answer, ApiClient, Asked } from '../support/api-client.ts';
import { registerGazetteer, registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { rawExchange, requestHead } from '../support/raw-http.ts';
import { keyFile } from '../support/service-account.ts';
import type { Problem, Service } from '../support/wire.ts';

const MIB = 1024 * 1024;
const GOOGLE = { service_name: 'bad', provider: 'google_maps', service_type: 'geocoding' };

describe('Bad input', () => {
  let gateway: Gateway;
  let api: ApiClient;
  let known: Service;
  let foreign: Service;
  let stored: string;

  /** Row counts of every table except those that only record who called. */
  const rows = async (): Promise<string> => {
    const tables = [
      'external_services',
      'service_tokens',
      'integration_cache',
      'api_rate_limits',
      'integration_logs',
      'cache_invalidations',
    ];
    const counts: string[] = [];
    for (const table of tables) {
      const [row] = await gateway.sql<{ count: string }>(`select count(*) from ${table}`);
      counts.push(`${table} ${row?.count}`);
    }
    return counts.join(', ');
  };

  before(async () => {
    gateway = await startGateway({ ALLOW_PRIVATE_PROVIDERS: 'false' });
    api = await gateway.administrator('main');
    const other = await gateway.administrator('other');
    known = await registerGazetteer(api);
    foreign = await registerGazetteer(other);
    stored = await rows();
  });
  after(() => gateway.stop());
  afterEach(async () => expect(await rows()).to.equal(stored));

  const expectProblem = (
    answer: Answer<Problem>,
    status: number,
    code: string,
    pointers?: readonly string[],
  ): void => {
    expect(answer.status, answer.text).to.equal(status);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(answer.body).to.include({ status, code });
    expect(answer.body.type).to.match(/problem/);
    expect(answer.body.title).to.be.a('string');
    expect(answer.body.detail).to.be.a('string');
    expect(answer.body.request_id).to.equal(answer.headers.get('x-request-id'));
    if (pointers !== undefined)
      expect(answer.body.errors?.map(({ pointer }) => pointer)).to.have.members([...pointers]);
  };

  describe('of geocoding', () => {
    const cases: readonly (readonly [
      what: string,
      path: string,
      body: unknown,
      status: number,
      pointers?: readonly string[],
    ])[] = [
      ['no address', 'geocode', {}, 422, ['/address']],
      ['an empty address', 'geocode', { address: '' }, 422, ['/address']],
      ['an address of spaces', 'geocode', { address: '   ' }, 422, ['/address']],
      ['an address of 1,001 characters', 'geocode', { address: 'я'.repeat(1_001) }, 422, ['/address']],
      ['control characters', 'geocode', { address: 'Таш\u0007кент' }, 422, ['/address']],
      ['a NUL', 'geocode', { address: 'Таш\u0000кент' }, 422, ['/address']],
      ['half a surrogate pair', 'geocode', '{"address":"a\\ud800b"}', 422, ['/address']],
      ['a number for an address', 'geocode', { address: 17 }, 422, ['/address']],
      ['a null for an address', 'geocode', { address: null }, 422, ['/address']],
      ['unknown fields, each named', 'geocode', { address: 'a', foo: 1, 'b/c': 2 }, 422, ['/foo', '/b~1c']],
      ['__proto__', 'geocode', '{"address":"a","__proto__":{"limit":1}}', 422, ['/__proto__']],
      [
        'every wrong field at once',
        'geocode',
        { address: 1, language: 'x', region: 'UZB', limit: 0 },
        422,
        ['/address', '/language', '/region', '/limit'],
      ],
      ['a fractional limit', 'geocode', { address: 'a', limit: 1.5 }, 422, ['/limit']],
      ['a list for a body', 'geocode', [], 422, ['']],
      ['a text for a body', 'geocode', '"address"', 422, ['']],
      ['latitudes beyond the poles', 'reverse', { latitude: 90.000_001, longitude: 0 }, 422, ['/latitude']],
      ['longitudes beyond 180', 'reverse', { latitude: 0, longitude: -180.5 }, 422, ['/longitude']],
      [
        'coordinates as text',
        'reverse',
        { latitude: '41', longitude: '69' },
        422,
        ['/latitude', '/longitude'],
      ],
      ['an infinite coordinate', 'reverse', '{"latitude":1e999,"longitude":0}', 422, ['/latitude']],
      ['a NaN literal', 'reverse', '{"latitude":NaN,"longitude":0}', 400],
      ['no longitude', 'reverse', { latitude: 1 }, 422, ['/longitude']],
      [
        'an end out of range',
        'distance',
        { origin: { latitude: 91, longitude: 0 }, destination: 'a' },
        422,
        ['/origin/latitude'],
      ],
      [
        'an end of both kinds',
        'distance',
        { origin: { address: 'a', latitude: 1 }, destination: 'a' },
        422,
        ['/origin/latitude'],
      ],
      ['an unknown mode', 'distance', { origin: 'a', destination: 'b', mode: 'flying' }, 422, ['/mode']],
      ['one address for a list', 'batch', { addresses: 'Ташкент' }, 422, ['/addresses']],
      ['an empty body', 'geocode', '', 400],
      ['half of a document', 'geocode', '{"address":"a"', 400],
      ['deep JSON', 'geocode', `{"address":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 400],
      ['very deep JSON', 'geocode', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 400],
      [
        'broken UTF-8',
        'geocode',
        new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
        400,
      ],
    ];
    for (const [what, path, body, status, pointers] of cases) {
      it(`refuses ${what}`, async () => {
        const answer = await api.post<Problem>(`/geocoding/${path}`, body);
        expectProblem(answer, status, status === 400 ? 'malformed-request' : 'invalid-input', pointers);
      });
    }

    it('accepts an address of 1,000 characters', async () => {
      const answer = await api.post<Problem>(
        '/geocoding/geocode',
        { address: 'я'.repeat(1_000) },
        { 'cache-control': 'only-if-cached' },
      );
      expect(answer.status).to.equal(504);
      expect(answer.body.code).to.equal('not-cached');
      await gateway.sql(`delete from integration_logs where status = 'rejected'`);
    });

    it('refuses malformed headers', async () => {
      const bad: readonly (readonly [string, string])[] = [
        ['x-request-deadline-ms', '-5'],
        ['x-request-deadline-ms', 'soon'],
        ['x-request-deadline-ms', '0'],
        ['cache-control', 'max-age=old'],
        ['x-management-company-id', '../main'],
      ];
      for (const [name, value] of bad) {
        const answer = await api.post<Problem>('/geocoding/geocode', { address: 'a' }, { [name]: value });
        expectProblem(answer, 400, 'malformed-request');
      }
      const none = await api.post<Problem>(
        '/geocoding/geocode',
        { address: 'a' },
        { 'x-management-company-id': null },
      );
      expectProblem(none, 400, 'tenant-required');
    });

    it('refuses other media types', async () => {
      for (const type of ['text/plain', 'application/xml', 'application/json; charset=utf-16', null]) {
        const answer = await api.post<Problem>('/geocoding/geocode', '{"address":"a"}', {
          'content-type': type,
        });
        expectProblem(answer, 415, 'unsupported-media-type');
      }
      const packed = await api.post<Problem>('/geocoding/geocode', '{}', { 'content-encoding': 'gzip' });
      expectProblem(packed, 415, 'unsupported-media-type');
    });
  });

  describe('of size', () => {
    const head = (headers: { readonly [name: string]: string }): string =>
      requestHead('POST', '/geocoding/geocode', {
        ...api.headers,
        'content-type': 'application/json',
        ...headers,
      });
    const filled = (bytes: number): string => `{"address":"a","x":"${'x'.repeat(bytes - 22)}"}`;

    it('accepts 1 MiB and refuses one byte more by the announced length', async () => {
      expectProblem(await api.post<Problem>('/geocoding/geocode', filled(MIB)), 422, 'invalid-input', ['/x']);
      const over = await rawExchange(
        gateway.service().url,
        head({ 'content-length': String(MIB + 1) }),
        filled(MIB + 1),
      );
      expect(over)
        .to.match(/^HTTP\/1\.1 413 /)
        .and.to.match(/application\/problem\+json/)
        .and.to.match(/"too-large"/);
    });

    it('refuses one byte more by counting when no length is announced', async () => {
      const half = filled(MIB + 1).slice(0, MIB / 2);
      const rest = filled(MIB + 1).slice(MIB / 2);
      const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
      const over = await rawExchange(
        gateway.service().url,
        head({ 'transfer-encoding': 'chunked' }),
        chunk(half),
        chunk(rest),
        '0\r\n\r\n',
      );
      expect(over)
        .to.match(/^HTTP\/1\.1 413 /)
        .and.to.match(/"too-large"/);
    });

    it('also answers input that is not HTTP with a problem document', async () => {
      const answer = await rawExchange(gateway.service().url, 'NONSENSE\r\n\r\n');
      expect(answer)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.to.match(/application\/problem\+json/);
      const long = await rawExchange(
        gateway.service().url,
        head({ 'x-long': 'x'.repeat(20_000), 'content-length': '0' }),
      );
      expect(long).to.match(/^HTTP\/1\.1 431 /);
    });
  });

  describe('of services', () => {
    const cases: readonly (readonly [what: string, change: object, pointers: readonly string[]])[] = [
      [
        'no name and no type',
        { service_name: undefined, service_type: undefined },
        ['/service_name', '/service_type'],
      ],
      ['a name with spaces', { service_name: 'Google Maps' }, ['/service_name']],
      ['unknown fields', { secret: 1 }, ['/secret']],
      ['an unknown type', { service_type: 'telepathy' }, ['/service_type']],
      ['an unknown provider', { provider: 'bing_maps' }, ['/provider']],
      ['a name that is no provider, without one', { provider: undefined }, ['/provider']],
      ['a provider of another type', { service_type: 'spreadsheet' }, ['/provider']],
      [
        'negative limits',
        { rate_limit_per_minute: -1, rate_limit_per_day: -5 },
        ['/rate_limit_per_minute', '/rate_limit_per_day'],
      ],
      [
        'limits that are no integers',
        { rate_limit_per_minute: 1.5, rate_limit_per_hour: '60' },
        ['/rate_limit_per_minute', '/rate_limit_per_hour'],
      ],
      ['a limit beyond an integer', { rate_limit_per_month: 3e9 }, ['/rate_limit_per_month']],
      ['a negative price', { cost_per_call: '-1' }, ['/cost_per_call']],
      ['a price of seven decimals', { cost_per_call: '0.0000001' }, ['/cost_per_call']],
      ['an unknown currency form', { cost_currency: 'usd' }, ['/cost_currency']],
      ['a key with a line feed', { api_key: 'abc\ndef' }, ['/api_key']],
      ['credentials that are no object', { credentials: 'text' }, ['/credentials']],
      ['a fallback that is no id', { fallback_service_id: 'google' }, ['/fallback_service_id']],
      [
        'a fallback that is not there',
        { fallback_service_id: '01990000-0000-7000-8000-000000000000' },
        ['/fallback_service_id'],
      ],
      ['NUL in the config', { config: { a: 'b\u0000' } }, ['/config']],
    ];
    for (const [what, change, pointers] of cases) {
      it(`refuses ${what}`, async () => {
        const answer = await api.post<Problem>('/services', { ...GOOGLE, ...change });
        expectProblem(answer, 422, 'invalid-input', pointers);
      });
    }

    const privateUrls = [
      'https://127.0.0.1/maps',
      'https://127.1',
      'https://10.0.0.5',
      'https://172.16.3.4',
      'https://192.168.1.1',
      'https://169.254.169.254/latest',
      'https://0.0.0.0',
      'https://localhost:8443',
      'https://a.localhost',
      'https://localhost.',
      'https://2130706433',
      'https://0x7f000001',
      'https://0177.0.0.1',
      'https://0x7f.1',
      'https://[::1]',
      'https://[::]',
      'https://[::ffff:127.0.0.1]',
      'https://[::ffff:7f00:1]',
      'https://[fe80::1]',
      'https://[fd00::1]',
      'https://[64:ff9b::10.0.0.1]',
      'https://100.64.0.1',
      'https://①②⑦.0.0.1',
      'http://maps.googleapis.com/maps/api',
      'https://user:pass@maps.googleapis.com',
      'https://maps.googleapis.com/maps?x=1',
      'https://maps.googleapis.com/#a',
      'ftp://maps.googleapis.com',
      'maps.googleapis.com',
      'file:///etc/passwd',
      '',
    ];
    for (const url of privateUrls) {
      it(`refuses the base URL "${url}"`, async () => {
        expectProblem(
          await api.post<Problem>('/services', { ...GOOGLE, base_url: url }),
          422,
          'invalid-input',
          ['/base_url'],
        );
      });
    }

    it('refuses private addresses in every URL of the config', async () => {
      const config = { routes_base_url: 'https://10.0.0.1', distance_base_url: 'https://[::1]' };
      expectProblem(await api.post<Problem>('/services', { ...GOOGLE, config }), 422, 'invalid-input', [
        '/config/routes_base_url',
        '/config/distance_base_url',
      ]);
    });

    it('reports problems of the body together with those that need a lookup', async () => {
      const body = {
        ...GOOGLE,
        base_url: 'https://10.0.0.1',
        fallback_service_id: foreign.id,
        rate_limit_per_minute: -1,
        colour: 'red',
      };
      const pointers = ['/rate_limit_per_minute', '/colour', '/base_url', '/fallback_service_id'];
      const telepath = { ...body, service_type: 'telepathy' };
      expectProblem(await api.post<Problem>('/services', telepath), 422, 'invalid-input', [
        '/service_type',
        ...pointers,
      ]);
      expectProblem(await api.post<Problem>('/services', body), 422, 'invalid-input', pointers);
      expectProblem(await api.post<Problem>('/services?base_url=x', body), 422, 'invalid-input', [
        ...pointers,
        '/base_url',
      ]);
    });

    it("refuses another tenant's service as a fallback as if it did not exist", async () => {
      const body = { ...GOOGLE, fallback_service_id: foreign.id };
      const answer = await api.post<Problem>('/services', body);
      expectProblem(answer, 422, 'invalid-input', ['/fallback_service_id']);
      const absent = await api.post<Problem>('/services', {
        ...body,
        fallback_service_id: '01990000-0000-7000-8000-000000000000',
      });
      expect(answer.body.errors).to.deep.equal(absent.body.errors);
    });

    it("refuses a key that is not a service account's, or is broken, without showing it", async () => {
      const sheets = { service_name: 'google_sheets', service_type: 'spreadsheet' };
      const other = { ...sheets, credentials: { type: 'external_account', private_key: 'planted' } };
      const answer = await api.post<Problem>('/services', other);
      expectProblem(answer, 422, 'invalid-input', ['/credentials/type']);
      const broken = keyFile({ private_key: 'planted', token_uri: 'https://planted.test/token' });
      const second = await api.post<Problem>('/services', { ...sheets, credentials: broken });
      expectProblem(second, 422, 'invalid-input', ['/credentials/private_key', '/credentials/token_uri']);
      expect(answer.text + second.text).to.not.contain('planted');
    });

    it('refuses a fallback of another type', async () => {
      const sheets = {
        service_name: 'google_sheets',
        service_type: 'spreadsheet',
        fallback_service_id: known.id,
      };
      expectProblem(await api.post<Problem>('/services', sheets), 422, 'invalid-input', [
        '/fallback_service_id',
      ]);
    });

    it('refuses a service as its own fallback', async () => {
      const asked = { body: { fallback_service_id: known.id }, headers: { 'if-match': '*' } };
      expectProblem(await api.ask<Problem>('PATCH', `/services/${known.id}`, asked), 422, 'invalid-input', [
        '/fallback_service_id',
      ]);
    });
  });

  describe('of a circle of fallbacks', () => {
    it('refuses to close the circle', async () => {
      const google = await registerGoogle(api, gateway.sandbox, {
        base_url: null,
        config: {},
        fallback_service_id: known.id,
      });
      const yandex = {
        service_name: 'yandex_maps',
        service_type: 'geocoding',
        fallback_service_id: google.id,
      };
      const third = await api.post<{ data: Service }>('/services', yandex);
      expect(third.status, third.text).to.equal(201);
      const closing: Asked = {
        body: { fallback_service_id: third.body.data.id },
        headers: { 'if-match': '*' },
      };
      expectProblem(await api.ask<Problem>('PATCH', `/services/${known.id}`, closing), 422, 'invalid-input', [
        '/fallback_service_id',
      ]);
      for (const id of [third.body.data.id, google.id]) {
        const removed = await api.ask('DELETE', `/services/${id}`, { headers: { 'if-match': '*' } });
        expect(removed.status, removed.text).to.equal(204);
      }
      // The changes that remain: purges of their cached answers, by id and by name. Those by id are renewed later.
      stored = stored.replace('cache_invalidations 0', 'cache_invalidations 4');
    });
  });

  describe('of lists', () => {
    const lists = ['/services', '/logs', '/tokens', '/cache/entries'];
    for (const path of lists) {
      it(`refuses bad paging of ${path}`, async () => {
        for (const query of [
          'limit=0',
          'limit=201',
          'limit=-1',
          'limit=ten',
          'limit=',
          'cursor=abc',
          'cursor=',
          'cursor=WyJhIl0',
        ]) {
          const answer = await api.get<Problem>(`${path}?${query}`);
          expectProblem(answer, 422, 'invalid-input', [`/${query.split('=')[0]}`]);
          expect(answer.body.errors?.[0]?.parameter).to.equal(query.split('=')[0]);
        }
        expectProblem(await api.get<Problem>(`${path}?limit=1&limit=2`), 422, 'invalid-input', ['/limit']);
        expectProblem(await api.get<Problem>(`${path}?color=red`), 422, 'invalid-input', ['/color']);
        expectProblem(await api.get<Problem>(`${path}?color=%ff`), 400, 'malformed-request');
      });
    }

    it('refuses filters with unknown values', async () => {
      const bad: readonly (readonly [string, string])[] = [
        ['/services?service_type=x', '/service_type'],
        ['/services?is_active=yes', '/is_active'],
        ['/services?health_status=fine', '/health_status'],
        ['/logs?status=bad', '/status'],
        ['/logs?from=yesterday', '/from'],
        ['/logs?from=2026-02-30', '/from'],
        ['/logs?from=2026-11-22&to=2026-11-21', '/to'],
        ['/logs?min_duration_ms=-1', '/min_duration_ms'],
        ['/logs/summary?group_by=mood', '/group_by'],
        ['/costs?group_by=mood', '/group_by'],
      ];
      for (const [path, pointer] of bad)
        expectProblem(await api.get<Problem>(path), 422, 'invalid-input', [pointer]);
    });
  });

  describe('of tokens and the cache', () => {
    it('refuses tokens without a name, with unknown scopes, foreign tenants or an expiry in the past', async () => {
      const body = { name: 'x', scopes: ['geocoding'] };
      const bad: readonly (readonly [object, readonly string[]])[] = [
        [{ name: undefined, scopes: undefined }, ['/name', '/scopes']],
        [{ scopes: [] }, ['/scopes']],
        [{ scopes: ['geocoding', 'root'] }, ['/scopes/1']],
        [{ tenants: ['other'] }, ['/tenants/0']],
        [{ tenants: ['a b'] }, ['/tenants/0']],
        [{ expires_at: '2020-01-01T00:00:00Z' }, ['/expires_at']],
        [{ expires_at: 'never' }, ['/expires_at']],
        [{ token: 'ist_mine' }, ['/token']],
      ];
      for (const [change, pointers] of bad)
        expectProblem(
          await api.post<Problem>('/tokens', { ...body, ...change }),
          422,
          'invalid-input',
          pointers,
        );
    });

    it('refuses invalidations of unknown things', async () => {
      expectProblem(await api.post<Problem>('/cache/invalidations', { service: 'x' }), 422, 'invalid-input', [
        '/service',
      ]);
      expectProblem(await api.post<Problem>('/cache/invalidations', { tag: 5 }), 422, 'invalid-input', [
        '/tag',
      ]);
      expectProblem(
        await api.post<Problem>('/cache/invalidations', { operation: 'geocod' }),
        422,
        'invalid-input',
        ['/operation'],
      );
    });
  });

  describe('of paths', () => {
    it('answers unknown paths and methods with problem documents', async () => {
      expectProblem(await api.get<Problem>('/nowhere'), 404, 'not-found');
      expectProblem(await api.get<Problem>('/services/%zz'), 400, 'malformed-request');
      const wrong = await api.ask<Problem>('PUT', '/services', { body: {} });
      expectProblem(wrong, 405, 'method-not-allowed');
      expect(wrong.headers.get('allow')).to.match(/GET/).and.to.match(/POST/);
      for (const path of ['/services/1', '/logs/1', '/services/01990000-0000-7000-8000-00000000000g'])
        expectProblem(await api.get<Problem>(path), 404, 'not-found');
    });
  });
});
