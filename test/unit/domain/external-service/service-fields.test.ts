import { expect } from 'chai';
import {
  serviceDraftProblems,
  type ServiceFields,
} from '../../../../src/domain/external-service/service-fields.ts';
import { someFields } from '../../../support/command-fixture.ts';
import { aServiceAccountKey } from '../../../support/service-account.ts';

const pointers = (change: Partial<ServiceFields>): readonly string[] =>
  serviceDraftProblems(someFields(change)).map(({ pointer }) => pointer);

describe('the fields of a service', () => {
  it('may be left at their defaults', () =>
    expect(pointers({ apiKey: undefined, limits: {} })).to.deep.equal([]));

  const good: readonly Partial<ServiceFields>[] = [
    { serviceName: 'a' },
    { serviceName: '9-lives_' + 'x'.repeat(56) },
    { displayName: 'Яндекс Карты' },
    { displayName: 'x'.repeat(200) },
    { displayName: '🏠'.repeat(200) },
    { apiKey: '!' },
    { apiKey: '~'.repeat(512) },
    { priority: -1_000_000 },
    { priority: 1_000_000 },
    { limits: { minute: 0, hour: 1, day: 2_147_483_647, month: 30 } },
    { provider: 'google_sheets', serviceType: 'spreadsheet' },
    { provider: 'gazetteer' },
    { provider: 'yandex_maps' },
  ];
  for (const change of good)
    it(`take ${JSON.stringify(change).slice(0, 60)}`, () => expect(pointers(change)).to.deep.equal([]));

  const sheets = { provider: 'google_sheets', serviceType: 'spreadsheet' } as const;
  it('accept the key of a service account for Google Sheets, and any document for others', () => {
    expect(pointers({ ...sheets, credentials: aServiceAccountKey() })).to.deep.equal([]);
    expect(pointers({ credentials: '{"any":"document"}' })).to.deep.equal([]);
  });
  it('refuse an invalid key, with every reason and its place in it', () => {
    expect(pointers({ ...sheets, credentials: '{"type":"external_account"}' })).to.deep.equal([
      '/credentials/type',
    ]);
    const broken = aServiceAccountKey({ private_key: 'x', token_uri: 'https://elsewhere.test/token' });
    expect(pointers({ ...sheets, credentials: broken })).to.deep.equal([
      '/credentials/private_key',
      '/credentials/token_uri',
    ]);
  });
  it('let a key name the token host that the service itself is configured for', () => {
    const token_url = 'https://elsewhere.test/token';
    const credentials = aServiceAccountKey({ token_uri: token_url });
    expect(pointers({ ...sheets, credentials, config: { token_url } })).to.deep.equal([]);
    const usual = { credentials: aServiceAccountKey(), config: { token_url: 7 } };
    expect(pointers({ ...sheets, ...usual }), 'a setting that names no host').to.deep.equal([]);
    const alike = { credentials: aServiceAccountKey({ token_uri: 7 }), config: { token_url: 7 } };
    expect(pointers({ ...sheets, ...alike }), 'the same in both').to.deep.equal(['/credentials/token_uri']);
  });

  it('take every setting of Google Sheets within its bounds', () => {
    const most = 1_000_000;
    const quotas = {
      account_reads_per_minute: 1,
      account_writes_per_minute: 60,
      project_reads_per_minute: 300,
    };
    const config = {
      token_url: 'https://a.test',
      timeout_ms: 50,
      allow_formulas: true,
      ...quotas,
      project_writes_per_minute: most,
    };
    expect(pointers({ ...sheets, config })).to.deep.equal([]);
    expect(pointers({ ...sheets, config: { timeout_ms: 60_000 } })).to.deep.equal([]);
  });
  for (const value of [0, -1, 1.5, 1_000_001, 1e308, '60', null, true, [60], { value: 60 }])
    it(`refuse ${JSON.stringify(value)} for every quota of Google Sheets, all at once`, () => {
      const names = ['account_reads', 'account_writes', 'project_reads', 'project_writes'].map(
        (name) => `${name}_per_minute`,
      );
      const config = Object.fromEntries(names.map((name) => [name, value]));
      expect(pointers({ ...sheets, config })).to.deep.equal(names.map((name) => `/config/${name}`));
    });
  it('refuse what is neither true nor false as leave for formulas', () =>
    expect(pointers({ ...sheets, config: { allow_formulas: 'true' } })).to.deep.equal([
      '/config/allow_formulas',
    ]));
  for (const value of [49, 60_001, 0, '3000', null])
    it(`refuse ${JSON.stringify(value)} as time of a request`, () =>
      expect(pointers({ ...sheets, config: { timeout_ms: value } })).to.deep.equal(['/config/timeout_ms']));
  for (const config of [
    { timeout_ms: '3000' },
    { timeout_ms: 0.5 },
    { timeout_ms: null },
    { licence: 'Extended' },
    { licence: true },
  ])
    it(`refuse ${JSON.stringify(config)} of a provider of maps, which would count for nothing`, () => {
      const places = Object.keys(config).map((name) => `/config/${name}`);
      expect(pointers({ provider: 'yandex_maps', config })).to.deep.equal(places);
      expect(pointers({ provider: 'google_maps', config })).to.deep.equal(places);
    });
  it('accept the settings of a provider of maps, and do not check unused ones', () => {
    const config = { timeout_ms: 60_000, licence: 'extended', office: 'Tashkent' };
    expect(pointers({ provider: 'yandex_maps', config })).to.deep.equal([]);
    expect(pointers({ provider: 'yandex_maps', config: { licence: 'standard' } })).to.deep.equal([]);
  });
  it('refuse settings of Google Sheets that nobody knows, up to a readable number', () => {
    const config = { account_write_per_minute: 60, 'a/b~c': 1, __proto: 1 };
    expect(pointers({ ...sheets, config })).to.deep.equal([
      '/config/account_write_per_minute',
      '/config/a~1b~0c',
      '/config/__proto',
    ]);
    const everyObjectHas = { constructor: 1, toString: 1, valueOf: 1 };
    expect(pointers({ ...sheets, config: everyObjectHas })).to.deep.equal([
      '/config/constructor',
      '/config/toString',
      '/config/valueOf',
    ]);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n]));
    expect(pointers({ ...sheets, config: many })).to.have.length(50);
    expect(pointers({ config })).to.deep.equal([]);
  });

  it('name an unknown setting by its first 200 characters, and by no half of one', () => {
    const start = 'x'.repeat(199);
    for (const [name, shown] of [
      [`${start}yz`, `${start}y`],
      [`${start}😀`, `${start}\ufffd`],
    ] as const)
      expect(pointers({ ...sheets, config: { [name]: 1 } })).to.deep.equal([`/config/${shown}`]);
  });

  const bad: readonly (readonly [string, Partial<ServiceFields>])[] = [
    ['/service_name', { serviceName: '' }],
    ['/service_name', { serviceName: '-a' }],
    ['/service_name', { serviceName: 'Google' }],
    ['/service_name', { serviceName: 'a b' }],
    ['/service_name', { serviceName: 'a\n' }],
    ['/service_name', { serviceName: 'x'.repeat(65) }],
    ['/provider', { provider: 'google_sheets' }],
    ['/provider', { serviceType: 'spreadsheet' }],
    ['/provider', { serviceType: 'webhook' }],
    ['/display_name', { displayName: '' }],
    ['/display_name', { displayName: ' \t' }],
    ['/display_name', { displayName: 'x'.repeat(201) }],
    ['/display_name', { displayName: '🏠'.repeat(201) }],
    ['/api_key', { apiKey: '' }],
    ['/api_key', { apiKey: 'two words' }],
    ['/api_key', { apiKey: 'ключ' }],
    ['/api_key', { apiKey: 'a\nX-Evil: 1' }],
    ['/api_key', { apiKey: 'x'.repeat(513) }],
    ['/priority', { priority: 1_000_001 }],
    ['/priority', { priority: -1_000_001 }],
    ['/priority', { priority: 0.5 }],
    ['/priority', { priority: Number.NaN }],
    ['/rate_limit_per_minute', { limits: { minute: -1 } }],
    ['/rate_limit_per_hour', { limits: { hour: 0.5 } }],
    ['/rate_limit_per_day', { limits: { day: 2_147_483_648 } }],
    ['/rate_limit_per_month', { limits: { month: Number.POSITIVE_INFINITY } }],
  ];
  for (const [pointer, change] of bad)
    it(`refuse ${JSON.stringify(change).slice(0, 60)}`, () =>
      expect(pointers(change)).to.deep.equal([pointer]));

  it('hold a config of 16 KiB as JSON, and no byte more', () => {
    const ofBytes = (bytes: number) => ({ note: `é${'x'.repeat(bytes - '{"note":"é"}'.length - 1)}` });
    expect(pointers({ config: ofBytes(16_384) })).to.deep.equal([]);
    expect(serviceDraftProblems(someFields({ config: ofBytes(16_385) }))).to.deep.equal([
      { pointer: '/config', detail: 'at most 16384 bytes as JSON' },
    ]);
  });

  it('contain no secret in their config, which is stored and shown unchanged', () => {
    const secret = 'PLANTED-0123456789';
    const config = {
      api_key: secret,
      nested: [{ clientSecret: secret }, { header: `Bearer ${secret}` }],
      credentials: { 'a/b': secret },
      note: `https://example.com/?key=${secret}`,
      // Settings that only sound like secrets.
      routes_base_url: 'https://routes.example.com',
      token_url: 'https://token.example.com',
      max_tokens: 5,
      keyless: true,
      token: '',
      password: null,
    };
    expect(pointers({ config })).to.deep.equal([
      '/config/api_key',
      '/config/nested/0/clientSecret',
      '/config/nested/1/header',
      '/config/credentials',
      '/config/note',
    ]);
    expect(JSON.stringify(serviceDraftProblems(someFields({ config })))).to.not.contain('PLANTED');
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, 'x']));
    expect(pointers({ config: many })).to.have.length(50);
  });

  it('never repeat a key in a problem', () => {
    const problems = serviceDraftProblems(someFields({ apiKey: 'PLANTED key' }));
    expect(JSON.stringify(problems)).to.not.include('PLANTED');
  });
});
