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
  it('take the key of a service account for Google Sheets, and any document for others', () => {
    expect(pointers({ ...sheets, credentials: aServiceAccountKey() })).to.deep.equal([]);
    expect(pointers({ credentials: '{"any":"document"}' })).to.deep.equal([]);
  });
  it('refuse a key that is none, with every reason and where in it', () => {
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
    ['/api_key', { apiKey: '' }],
    ['/api_key', { apiKey: 'two words' }],
    ['/api_key', { apiKey: 'ключ' }],
    ['/api_key', { apiKey: 'a\nX-Evil: 1' }],
    ['/api_key', { apiKey: 'x'.repeat(513) }],
    ['/priority', { priority: 1_000_001 }],
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

  it('never repeat a key in a problem', () => {
    const problems = serviceDraftProblems(someFields({ apiKey: 'PLANTED key' }));
    expect(JSON.stringify(problems)).to.not.include('PLANTED');
  });
});
