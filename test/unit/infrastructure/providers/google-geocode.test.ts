import { expect } from 'chai';
import { googleMaps } from '../../../../src/infrastructure/providers/google-maps/google-maps.ts';
import { agreedGoogleFailure } from '../../../support/agreed-outcomes.ts';
import { agreedGooglePlaces, expectNormalised } from '../../../support/agreed-places.ts';
import { json, replay, text } from '../../../support/fixture-server.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../../../support/provider-access.ts';
import {
  askFixture,
  fixtureCases,
  providerRig,
  type GeocodeFixture,
  type ProviderRig,
} from '../../../support/provider-fixtures.ts';

const cases = fixtureCases<GeocodeFixture>('google-geocode', 'cases');

const ok = (...results: readonly unknown[]) => ({ status: 'OK', results });
const aResult = (change: object = {}) => ({
  formatted_address: 'somewhere',
  geometry: { location: { lat: 41.3, lng: 69.2 }, location_type: 'ROOFTOP' },
  types: ['street_address'],
  ...change,
});

describe('google geocoding', () => {
  let rig: ProviderRig<ReturnType<typeof googleMaps>>;
  before(async () => (rig = await providerRig(googleMaps)));
  after(() => rig.close());

  const geocode = (limit = 5) =>
    rig.adapter.geocode(anAccess({ baseUrl: rig.server.origin }), {
      address: 'Москва',
      language: 'ru',
      region: 'GB',
      limit,
    });

  for (const fixture of cases) {
    it(`reads ${fixture.id} as agreed`, async () => {
      rig.server.answerWith(replay(fixture.response));
      const result = await askFixture(rig, fixture, 'latitude-first');
      if (fixture.kind === 'error') {
        expect(refused(result).kind).to.equal(agreedGoogleFailure(fixture.response));
        return;
      }
      const { matches } = answered(result);
      expect(matches.map((match) => match.formattedAddress)).to.deep.equal(agreedGooglePlaces(fixture));
      if (fixture.expectNormalised !== undefined) expectNormalised(matches[0], fixture.expectNormalised);
    });
  }

  it('asks with language, top-level domain as region, and the key', async () => {
    rig.server.answerWith(json(200, ok()));
    await geocode();
    const { path, query } = rig.server.received.at(-1)!;
    expect(path).to.equal('/geocode/json');
    expect(Object.fromEntries(query)).to.deep.equal({
      address: 'Москва',
      language: 'ru',
      region: 'uk',
      key: PLANTED_KEY,
    });
  });

  it('asks back with latitude first and never with an exponent', async () => {
    rig.server.answerWith(json(200, ok()));
    const coordinates = { latitude: -0.0000000812, longitude: 0.00005 };
    await rig.adapter.reverse(anAccess({ baseUrl: rig.server.origin }), { coordinates, language: 'uz' });
    expect(rig.server.received.at(-1)?.query.get('latlng')).to.equal('0,0.00005');
  });

  it('ignores a plus code of the requested point, but not one that was asked for by name', async () => {
    const code = aResult({ formatted_address: '8GH68HX2+X2', types: ['plus_code'] });
    const coordinates = { latitude: 41.3, longitude: 69.2 };
    const places = async (...results: readonly unknown[]) => {
      rig.server.answerWith(json(200, ok(...results)));
      const access = anAccess({ baseUrl: rig.server.origin });
      return answered(await rig.adapter.reverse(access, { coordinates, language: 'ru' })).matches;
    };
    expect((await places(code, aResult())).map((place) => place.formattedAddress)).to.deep.equal([
      'somewhere',
    ]);
    expect(await places(code)).to.deep.equal([]);
    const asAddress = { address: '41.3, 69.2', language: 'ru', limit: 5 };
    const atPoint = await rig.adapter.geocode(anAccess({ baseUrl: rig.server.origin }), asAddress);
    expect(answered(atPoint).matches).to.deep.equal([]);
    expect(answered(await geocode()).matches[0]?.formattedAddress).to.equal('8GH68HX2+X2');
  });

  it('reads the parts of an address, a British town among them', async () => {
    const london = cases.find(({ id }) => id === 'lon-baker-221b/en')!;
    rig.server.answerWith(replay(london.response));
    const [match] = answered(await geocode()).matches;
    expect(match?.components).to.deep.equal({
      country: 'United Kingdom',
      countryCode: 'GB',
      region: 'England',
      city: 'London',
      street: 'Baker St',
      house: '221B',
      postalCode: 'NW1 6XE',
    });
    expect(match).to.include({ placeId: 'ChIJIIbdyMPq7U7VsvgKrjzaddX' });
    expect(match?.bounds?.southWest).to.deep.equal({ latitude: 51.522451, longitude: -0.159949 });
  });

  it('gives no more than was asked for', async () => {
    rig.server.answerWith(json(200, ok(aResult(), aResult(), aResult())));
    expect(answered(await geocode(2)).matches).to.have.length(2);
  });

  const WORDS: readonly (readonly [string, number, string])[] = [
    ['OVER_QUERY_LIMIT', 200, 'quota-exceeded'],
    ['OVER_QUERY_LIMIT', 429, 'quota-exceeded'],
    ['REQUEST_DENIED', 403, 'credentials-rejected'],
    ['UNKNOWN_ERROR', 200, 'provider-unavailable'],
    ['UNKNOWN_ERROR', 500, 'provider-unavailable'],
    ['INVALID_REQUEST', 200, 'request-rejected'],
    ['MADE_UP', 200, 'answer-not-understood'],
    ['MADE_UP', 503, 'provider-unavailable'],
    ['OK', 500, 'provider-unavailable'],
  ];
  for (const [status, http, kind] of WORDS) {
    it(`reports ${kind} for ${status} with HTTP ${http}`, async () => {
      rig.server.answerWith(json(http, { status, results: [] }));
      expect(refused(await geocode()).kind).to.equal(kind);
    });
  }

  it('passes on how long Google wants us to wait', async () => {
    rig.server.answerWith(json(200, { status: 'OVER_QUERY_LIMIT' }, { 'retry-after': '7' }));
    expect(refused(await geocode())).to.include({ scope: 'provider', retryAfterMs: 7000 });
  });

  it('retries a temporary quota refusal, and no other refusal', async () => {
    const momentary = async (status: string) => {
      rig.server.answerWith(json(200, { status }));
      return 'isMomentary' in refused(await geocode());
    };
    expect(await momentary('OVER_QUERY_LIMIT')).to.equal(true);
    expect(await momentary('OVER_DAILY_LIMIT')).to.equal(false);
    expect(await momentary('REQUEST_DENIED')).to.equal(false);
  });

  it('understands the error envelope of newer Google APIs, also with status 200', async () => {
    rig.server.answerWith(json(200, { error: { code: 403, status: 'PERMISSION_DENIED', message: 'no' } }));
    expect(refused(await geocode()).kind).to.equal('credentials-rejected');
    rig.server.answerWith(json(429, { error: { code: 429 } }));
    expect(refused(await geocode()).kind).to.equal('quota-exceeded');
  });

  it('keeps the key out of what it quotes from Google', async () => {
    const error_message = `The key ${PLANTED_KEY} (${encodeURIComponent(PLANTED_KEY)}) at https://x.y/?key=${PLANTED_KEY} is bad`;
    rig.server.answerWith(json(200, { status: 'REQUEST_DENIED', error_message }));
    const { message } = refused(await geocode());
    expect(message).to.contain('REQUEST_DENIED: The key').and.not.contain('AIza');

    rig.server.answerWith(json(200, { status: 'REQUEST_DENIED', error_message: 'no such key: short/1' }));
    const short = anAccess({ baseUrl: rig.server.origin, apiKey: 'short/1' });
    const failure = refused(await rig.adapter.geocode(short, { address: 'x', language: 'ru', limit: 1 }));
    expect(failure.message).to.equal('REQUEST_DENIED: no such key: …');
  });

  const ODD: readonly unknown[] = [
    null,
    [],
    'OK',
    42,
    {},
    { status: 'OK' },
    { status: 7, results: [] },
    { status: 'OK', results: {} },
    ok(null, 'x', {}),
    ok(aResult({ geometry: { location: { lat: 91, lng: 0 } } })),
    ok(aResult({ geometry: { location: { lat: '41.3', lng: '69.2' } } })),
    ok(aResult({ geometry: null })),
  ];
  for (const body of ODD) {
    it(`does not understand ${JSON.stringify(body)}`, async () => {
      rig.server.answerWith(json(200, body));
      expect(refused(await geocode()).kind).to.equal('answer-not-understood');
    });
  }

  it('drops invalid characters and truncates very long texts', async () => {
    const city = { long_name: 'Мос\u0000ква\ud800', types: ['locality'] };
    const odd = aResult({
      formatted_address: 'Москва\r\nX: 1',
      place_id: 'a\u0000b',
      address_components: [city],
    });
    rig.server.answerWith(
      json(200, ok(odd, aResult({ formatted_address: 'я'.repeat(5_000), place_id: 'fine' }))),
    );
    const [first, second] = answered(await geocode()).matches;
    expect(first?.formattedAddress).to.equal('Москва X: 1');
    expect(first?.components).to.deep.equal({ city: 'Мос ква' });
    expect(first).to.not.have.property('placeId');
    expect(second?.formattedAddress).to.have.length(1_000);
    expect(second?.placeId).to.equal('fine');
  });

  it('keeps a place in spite of errors in its optional fields', async () => {
    const london = cases.find(({ id }) => id === 'lon-baker-221b/en')!;
    const [whole] = (london.response.body as { results: readonly [Record<string, unknown>] }).results;
    const country = { long_name: 'United Kingdom', short_name: null, types: ['country'] };
    for (const change of [
      { partial_match: null, place_id: null, plus_code: null, postcode_localities: null },
      { place_id: 5, address_components: null, geometry: { ...(whole['geometry'] as object), bounds: null } },
      {
        types: ['street_address', null],
        address_components: [null, { long_name: null, types: [] }, country],
      },
    ]) {
      rig.server.answerWith(json(200, ok({ ...whole, ...change })));
      const [match] = answered(await geocode()).matches;
      expect(match).to.deep.include({ precision: 'house', confidence: 1, partialMatch: false });
      expect(match?.bounds).not.to.equal(undefined);
      if ('types' in change) expect(match?.components).to.deep.equal({ country: 'United Kingdom' });
    }
    rig.server.answerWith(json(200, ok(aResult({ types: null }))));
    expect(answered(await geocode()).matches[0]).to.include({ precision: 'poi', confidence: 0.9 });
  });

  it('reads the status word also beside fields that are null', async () => {
    const say = async (body: object) => {
      rig.server.answerWith(json(200, { error_message: null, ...body }));
      return geocode();
    };
    expect(refused(await say({ status: 'REQUEST_DENIED', results: null })).kind).to.equal(
      'credentials-rejected',
    );
    expect(refused(await say({ status: 'OVER_QUERY_LIMIT', results: [] })).kind).to.equal('quota-exceeded');
    expect(answered(await say({ status: 'ZERO_RESULTS', results: null })).matches).to.deep.equal([]);
    expect(refused(await say({ status: 'OK', results: null })).kind).to.equal('answer-not-understood');
    const details = [{ reason: 'API_KEY_INVALID' }];
    expect(refused(await say({ error: { code: null, status: null, message: null, details } })).kind).to.equal(
      'credentials-rejected',
    );
    rig.server.answerWith(json(403, { error: { code: 403, message: null, details: null } }));
    expect(refused(await geocode()).message).to.equal('PERMISSION_DENIED');
  });

  it('leaves out results that are no places and keeps the others', async () => {
    rig.server.answerWith(json(200, ok({ odd: true }, aResult(), aResult({ geometry: {} }))));
    expect(answered(await geocode()).matches).to.have.length(1);
  });

  const BODIES: readonly (readonly [number, string, string, string])[] = [
    [200, 'text/html', '<html>login</html>', 'answer-not-understood'],
    [200, 'text/plain', JSON.stringify(ok()), 'answer-not-understood'],
    [200, 'application/json', '', 'answer-not-understood'],
    [302, 'text/html', '', 'answer-not-understood'],
    [400, 'text/html', 'malformed', 'request-rejected'],
    [404, 'text/html', 'no such page', 'answer-not-understood'],
    [401, 'text/html', '', 'credentials-rejected'],
    [429, 'text/html', '', 'quota-exceeded'],
    [503, 'text/html', '', 'provider-unavailable'],
  ];
  for (const [status, type, body, kind] of BODIES) {
    it(`reports ${kind} for ${type} "${body.slice(0, 12)}" with HTTP ${status}`, async () => {
      rig.server.answerWith(text(status, type, body));
      expect(refused(await geocode()).kind).to.equal(kind);
    });
  }

  it('finds out for nothing whether Google is there', async () => {
    const access = anAccess({ baseUrl: rig.server.origin });
    rig.server.answerWith(json(400, { status: 'INVALID_REQUEST', results: [] }));
    expect(answered(await rig.adapter.probe(access))).to.deep.equal({ reachable: true });
    expect([...rig.server.received.at(-1)!.query]).to.deep.equal([]);
    rig.server.answerWith(text(503, 'text/html', 'down'));
    expect(refused(await rig.adapter.probe(access)).kind).to.equal('provider-unavailable');
    rig.server.answerWith(text(404, 'text/html', 'elsewhere'));
    expect(refused(await rig.adapter.probe(access)).kind).to.equal('answer-not-understood');
    expect(rig.adapter.probeIsFree).to.equal(true);
  });
});
