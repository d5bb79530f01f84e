import { expect } from 'chai';
import { yandexMaps } from '../../../../src/infrastructure/providers/yandex-maps/yandex-maps.ts';
import { agreedYandexFailure } from '../../../support/agreed-outcomes.ts';
import { agreedYandexPlaces, expectNormalised } from '../../../support/agreed-places.ts';
import { json, replay, text } from '../../../support/fixture-server.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../../../support/provider-access.ts';
import {
  askFixture,
  fixtureCases,
  providerRig,
  type GeocodeFixture,
  type ProviderRig,
} from '../../../support/provider-fixtures.ts';

const cases = fixtureCases<GeocodeFixture>('yandex-geocode', 'cases');

const collection = (...members: readonly unknown[]) => ({
  response: { GeoObjectCollection: { featureMember: members } },
});
const aMember = (change: { pos?: string; kind?: string; precision?: string; text?: string } = {}) => ({
  GeoObject: {
    metaDataProperty: {
      GeocoderMetaData: {
        kind: change.kind ?? 'house',
        precision: change.precision ?? 'exact',
        text: change.text ?? 'somewhere',
      },
    },
    Point: { pos: change.pos ?? '69.2 41.3' },
  },
});

describe('yandex geocoding', () => {
  let rig: ProviderRig<ReturnType<typeof yandexMaps>>;
  before(async () => (rig = await providerRig(yandexMaps)));
  after(() => rig.close());

  const geocode = (address = 'Москва, Тверская, 13', language = 'ru', limit = 5) =>
    rig.adapter.geocode(anAccess({ baseUrl: `${rig.server.origin}/v1` }), { address, language, limit });

  for (const fixture of cases) {
    it(`reads ${fixture.id} as agreed`, async () => {
      rig.server.answerWith(replay(fixture.response));
      const result = await askFixture(rig, fixture, 'longitude-first');
      if (fixture.kind === 'error') {
        expect(refused(result).kind).to.equal(agreedYandexFailure(fixture.response));
        return;
      }
      const { matches } = answered(result);
      expect(matches.map((match) => match.formattedAddress)).to.deep.equal(agreedYandexPlaces(fixture));
      if (fixture.expectNormalised !== undefined) expectNormalised(matches[0], fixture.expectNormalised);
    });
  }

  it('uses language codes with underscores, and Russian in place of Uzbek', async () => {
    rig.server.answerWith(json(200, collection()));
    const sent: (string | null | undefined)[] = [];
    for (const language of ['ru', 'uz', 'en', 'uk', 'be', 'tr', 'de']) {
      await geocode('Ташкент', language);
      sent.push(rig.server.received.at(-1)?.query.get('lang'));
    }
    expect(sent).to.deep.equal(['ru_RU', 'ru_RU', 'en_RU', 'uk_UA', 'be_BY', 'tr_TR', 'en_RU']);
    const { path, query } = rig.server.received.at(-1)!;
    expect(path).to.equal('/v1/');
    expect(Object.fromEntries(query)).to.deep.equal({
      apikey: PLANTED_KEY,
      geocode: 'Ташкент',
      lang: 'en_RU',
      format: 'json',
      results: '5',
    });
  });

  it('asks back with longitude first, and turns a pair of numbers given as an address the same way', async () => {
    rig.server.answerWith(json(200, collection()));
    const coordinates = { latitude: 41.2995, longitude: 69.2401 };
    await rig.adapter.reverse(anAccess({ baseUrl: rig.server.origin }), { coordinates, language: 'ru' });
    expect(rig.server.received.at(-1)?.query.get('geocode')).to.equal('69.2401,41.2995');
    const asPeopleWrite = [
      ['41.2995, 69.2401', '69.2401,41.2995'],
      ['\u221241.3; +174.8', '174.8,-41.3'],
      ['41, 69', '69,41'],
      ['120, 41', '120, 41'],
      ['Москва, 13', 'Москва, 13'],
    ] as const;
    for (const [address, asked] of asPeopleWrite) {
      await geocode(address);
      expect(rig.server.received.at(-1)?.query.get('geocode')).to.equal(asked);
    }
  });

  it('reads the last of repeated parts, bounds and the id', async () => {
    rig.server.answerWith(replay(cases.find(({ id }) => id === 'msk-tverskaya-13/ru')!.response));
    const [match] = answered(await geocode()).matches;
    expect(match?.components).to.deep.equal({
      country: 'Россия',
      countryCode: 'RU',
      region: 'Москва',
      city: 'Москва',
      street: 'Тверская улица',
      house: '13',
      postalCode: '125032',
    });
    expect(match?.bounds?.southWest).to.deep.equal({ latitude: 55.75939, longitude: 37.604895 });
    expect(match?.placeId).to.match(/^ymapsbm1:/);
  });

  it('reads a box that goes on behind the 180th meridian', async () => {
    const { GeoObject } = aMember({ kind: 'country' });
    const Envelope = { lowerCorner: '19.484764 41.18599', upperCorner: '191.128003 81.886117' };
    rig.server.answerWith(json(200, collection({ GeoObject: { ...GeoObject, boundedBy: { Envelope } } })));
    expect(answered(await geocode()).matches[0]?.bounds).to.deep.equal({
      southWest: { latitude: 41.18599, longitude: 19.484764 },
      northEast: { latitude: 81.886117, longitude: -168.871997 },
    });
  });

  it('reads a point beyond the 180th meridian in either direction, but none outside the globe', async () => {
    for (const [pos, longitude] of [
      ['190.192064 66.159', -169.807936],
      ['-185.5 66.159', 174.5],
      ['180 66.159', 180],
    ] as const) {
      rig.server.answerWith(json(200, collection(aMember({ pos }))));
      expect(answered(await geocode()).matches[0]?.coordinates).to.deep.equal({
        latitude: 66.159,
        longitude,
      });
    }
    for (const pos of ['540.1 66.159', '-999 66.159']) {
      rig.server.answerWith(json(200, collection(aMember({ pos }))));
      expect(refused(await geocode()).kind).to.equal('answer-not-understood');
    }
  });

  it('drops invalid characters', async () => {
    rig.server.answerWith(json(200, collection(aMember({ text: 'a\u0007b\udc00' }))));
    expect(answered(await geocode()).matches[0]?.formattedAddress).to.equal('a b');
  });

  it('keeps a place in spite of errors in its optional fields', async () => {
    const whole = aMember().GeoObject;
    const meta = whole.metaDataProperty.GeocoderMetaData;
    const member = (changes: object, rest: object = {}) =>
      collection({
        GeoObject: { ...whole, ...rest, metaDataProperty: { GeocoderMetaData: { ...meta, ...changes } } },
      });
    const country = { kind: 'country', name: 'Россия' };
    const Address = { country_code: null, postal_code: 101_000, formatted: 'Москва, Тверская улица, 13' };
    for (const body of [
      member({ Address: null }, { name: null, uri: null, boundedBy: null, description: null }),
      member({ Address }, { uri: 5, boundedBy: { Envelope: null } }),
      member({ Address: { ...Address, Components: null } }),
      member({
        text: '',
        Address: { ...Address, Components: [null, { kind: 'street', name: null }, country] },
      }),
    ]) {
      rig.server.answerWith(json(200, body));
      expect(answered(await geocode()).matches[0]).to.include({ precision: 'house', confidence: 1 });
    }
    const [match] = answered(await geocode()).matches;
    expect(match?.formattedAddress).to.equal('Москва, Тверская улица, 13');
    expect(match?.components).to.deep.equal({ country: 'Россия' });
  });

  it('calls everything but a house a partial match when a house was asked for', async () => {
    rig.server.answerWith(json(200, collection(aMember({ kind: 'metro', precision: 'other' }))));
    expect(answered(await geocode('Москва, Тверская, 13')).matches[0]?.partialMatch).to.equal(true);
    expect(answered(await geocode('метро Тверская')).matches[0]?.partialMatch).to.equal(false);
  });

  it('understands an error that came with status 200, and removes the key from its text', async () => {
    rig.server.answerWith(json(200, { statusCode: 403, error: 'Forbidden', message: 'Invalid api key' }));
    expect(refused(await geocode()).kind).to.equal('credentials-rejected');
    rig.server.answerWith(json(400, { statusCode: 400, error: { odd: 1 }, message: `bad ${PLANTED_KEY}` }));
    const failure = refused(await geocode());
    expect(failure.kind).to.equal('request-rejected');
    expect(failure.message).to.contain('HTTP 400: bad').and.not.contain('AIza');
    for (const body of [
      { error: 'Forbidden', message: 'Invalid api key' },
      { statusCode: '403', error: 'Forbidden' },
      { error: { code: 403, message: 'Invalid api key' } },
      { error: { status: 401, message: 'invalid key' } },
      { error: 'forbidden' },
      { message: 'Forbidden' },
    ]) {
      rig.server.answerWith(json(200, body));
      expect(refused(await geocode()).kind).to.equal('credentials-rejected');
    }
    rig.server.answerWith(json(200, { error: 'Whatever', message: 'odd' }));
    expect(refused(await geocode()).kind).to.equal('answer-not-understood');
    rig.server.answerWith(json(200, { statusCode: 429, error: 'Too Many Requests', message: null }));
    expect(refused(await geocode()).kind).to.equal('quota-exceeded');
    rig.server.answerWith(json(404, { statusCode: 404, error: 'Not Found', message: 'Not Found' }));
    expect(refused(await geocode()).kind).to.equal('answer-not-understood');
    rig.server.answerWith(json(200, { statusCode: 200, message: 'fine' }));
    expect(refused(await geocode()).kind).to.equal('answer-not-understood');
  });

  const ODD: readonly unknown[] = [
    null,
    [],
    {},
    { response: {} },
    { response: { GeoObjectCollection: {} } },
    { response: { GeoObjectCollection: { featureMember: 'none' } } },
    collection(null),
    collection({ GeoObject: {} }),
    collection(aMember({ pos: '69.2' })),
    collection(aMember({ pos: '69.2,41.3' })),
    collection(aMember({ pos: '69.2 91' })),
    collection(aMember({ pos: 'a b' })),
  ];
  for (const body of ODD) {
    it(`does not understand ${JSON.stringify(body)}`, async () => {
      rig.server.answerWith(json(200, body));
      expect(refused(await geocode()).kind).to.equal('answer-not-understood');
    });
  }

  it('treats a collection without a list as empty when it says that nothing was found', async () => {
    const meta = { GeocoderResponseMetaData: { found: '0' } };
    for (const list of [{}, { featureMember: null }]) {
      const GeoObjectCollection = { metaDataProperty: meta, ...list };
      rig.server.answerWith(json(200, { response: { GeoObjectCollection } }));
      expect(answered(await geocode()).matches).to.deep.equal([]);
    }
    const GeoObjectCollection = { metaDataProperty: null, featureMember: [] };
    rig.server.answerWith(json(200, { response: { GeoObjectCollection } }));
    expect(answered(await geocode()).matches).to.deep.equal([]);
  });

  it('finds out for nothing whether Yandex is there', async () => {
    const access = anAccess({ baseUrl: rig.server.origin });
    rig.server.answerWith(json(403, { statusCode: 403, error: 'Forbidden', message: 'Invalid api key' }));
    expect(answered(await rig.adapter.probe(access))).to.deep.equal({ reachable: true });
    expect(rig.server.received.at(-1)?.query.has('apikey')).to.equal(false);
    rig.server.answerWith(text(500, 'text/html', 'down'));
    expect(refused(await rig.adapter.probe(access)).kind).to.equal('provider-unavailable');
    expect(rig.adapter.probeIsFree).to.equal(true);
  });
});
