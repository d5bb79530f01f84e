import { expect } from 'chai';
import { startSandbox, type Sandbox } from '../../../../sandbox/sandbox.ts';
import type { Geocoder } from '../../../../src/domain/provider/geocoder.ts';
import type { Router } from '../../../../src/domain/provider/router.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { googleMaps } from '../../../../src/infrastructure/providers/google-maps/google-maps.ts';
import { providerHttp, type ProviderHttp } from '../../../../src/infrastructure/providers/provider-http.ts';
import { yandexMaps } from '../../../../src/infrastructure/providers/yandex-maps/yandex-maps.ts';
import { outboundPolicy } from '../../../../src/infrastructure/security/outbound-policy.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { anAccess, answered } from '../../../support/provider-access.ts';
import { readFixture, type GeocodeFixture } from '../../../support/provider-fixtures.ts';

const forward = (file: string): readonly GeocodeFixture[] =>
  (readFixture(file) as { cases: readonly GeocodeFixture[] }).cases.filter(
    ({ kind, expectNormalised }) => kind === 'forward' && expectNormalised !== undefined,
  );

/** The outcome for each magic key of the sandbox, as [geocoding, distance]. */
const KEYS: { readonly [key: string]: readonly [string, string] } = {
  'SANDBOX-OK': ['ok', 'ok'],
  'SANDBOX-BAD': ['credentials-rejected', 'credentials-rejected'],
  'SANDBOX-EXPIRED': ['credentials-rejected', 'credentials-rejected'],
  'SANDBOX-NOAPI': ['credentials-rejected', 'credentials-rejected'],
  'SANDBOX-BILLING': ['credentials-rejected', 'credentials-rejected'],
  'SANDBOX-QPM': ['quota-exceeded', 'quota-exceeded'],
  'SANDBOX-429': ['quota-exceeded', 'quota-exceeded'],
  'SANDBOX-RETRYAFTER': ['quota-exceeded', 'quota-exceeded'],
  'SANDBOX-RETRYAFTER-503': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-500': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-502': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-UNKNOWN': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-ERR200': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-HTML': ['answer-not-understood', 'answer-not-understood'],
  'SANDBOX-TRUNC': ['answer-not-understood', 'answer-not-understood'],
  'SANDBOX-TYPE': ['answer-not-understood', 'answer-not-understood'],
  'SANDBOX-HANG': ['provider-timeout', 'provider-timeout'],
  'SANDBOX-DRIP': ['provider-timeout', 'provider-timeout'],
  'SANDBOX-RESET': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-DROP': ['provider-unavailable', 'provider-unavailable'],
  'SANDBOX-HUGE': ['answer-not-understood', 'answer-not-understood'],
};

describe('adapters on the sandbox', () => {
  let sandbox: Sandbox;
  let http: ProviderHttp;
  let providers: readonly {
    readonly name: string;
    readonly file: string;
    readonly baseUrl: string;
    readonly adapter: Geocoder & Router;
  }[];

  before(async () => {
    sandbox = await startSandbox();
    http = providerHttp({
      guard: outboundPolicy({ allowPrivate: true }),
      clock: fixedClock(),
      version: 'test',
    });
    providers = [
      {
        name: 'google',
        file: 'google-geocode.json',
        baseUrl: sandbox.googleBaseUrl,
        adapter: googleMaps({ http }),
      },
      {
        name: 'yandex',
        file: 'yandex-geocode.json',
        baseUrl: sandbox.yandexBaseUrl,
        adapter: yandexMaps({ http }),
      },
    ];
  });
  after(async () => {
    http.close();
    await sandbox.stop();
  });

  const access = (baseUrl: string, apiKey: string) =>
    anAccess({
      baseUrl,
      apiKey,
      config: { routes_base_url: sandbox.routesBaseUrl, distance_base_url: sandbox.yandexDistanceBaseUrl },
      timeoutMs: ['SANDBOX-HANG', 'SANDBOX-DRIP'].includes(apiKey) ? 60 : 5_000,
    });
  const outcome = (result: Awaited<ReturnType<Geocoder['probe'] | Geocoder['geocode'] | Router['route']>>) =>
    isLeft(result) ? result.left.kind : 'ok';

  it('find every known address of the fixtures in the right place with the right quality', async () => {
    for (const { name, file, baseUrl, adapter } of providers)
      for (const { id, request, expectNormalised: wanted } of forward(file)) {
        const address = request.query['address'] ?? request.query['geocode'] ?? '';
        const language = (request.query['language'] ?? request.query['lang'] ?? 'ru').slice(0, 2);
        const result = await adapter.geocode(access(baseUrl, 'SANDBOX-OK'), { address, language, limit: 5 });
        const [best] = answered(result).matches;
        expect(best, `${name} ${id}`).to.include({
          precision: wanted?.level,
          confidence: wanted?.score,
          partialMatch: wanted?.partialMatch,
        });
        expect(best?.coordinates, `${name} ${id}`).to.deep.equal({
          latitude: wanted?.lat,
          longitude: wanted?.lng,
        });
      }
  });

  it('put points and places in the order each API speaks', async () => {
    const coordinates = { latitude: 41.3459, longitude: 69.2849 };
    for (const { name, baseUrl, adapter } of providers) {
      const result = await adapter.reverse(access(baseUrl, 'SANDBOX-OK'), { coordinates, language: 'ru' });
      expect(answered(result).matches[0]?.components, name).to.include({ countryCode: 'UZ', house: '107Б' });
    }
  });

  for (const [key, [geocoding, distance]] of Object.entries(KEYS)) {
    it(`report ${geocoding} for ${key}`, async () => {
      for (const { name, baseUrl, adapter } of providers) {
        const allowed = access(baseUrl, key);
        const request = { address: 'Москва, ул. Тверская, 13', language: 'ru', limit: 5 };
        expect(outcome(await adapter.geocode(allowed, request)), name).to.equal(geocoding);
        const route = await adapter.route(allowed, {
          origin: { latitude: 41.3111, longitude: 69.2797 },
          destination: { latitude: 39.6542, longitude: 66.9597 },
          mode: 'driving',
        });
        expect(outcome(route), `${name} distance`).to.equal(distance);
      }
    });
  }

  it('find both providers there without a key', async () => {
    for (const { name, baseUrl, adapter } of providers)
      expect(outcome(await adapter.probe(anAccess({ baseUrl }))), name).to.equal('ok');
  });
});
